package io.variate.rulesets;

import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryMergedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import com.hazelcast.query.Predicates;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.cluster.Cluster;
import io.variate.rulesets.CacheHead.Link;
import io.variate.rulesets.rows.DeltaChain;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowsCodec;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.rulesets.rows.UnreadableRowsException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The flag cache in a Hazelcast map: a head, an anchor with a whole ruleset, and the deltas before and after it.
 *
 * <p>Hazelcast pushes each delta to every node, so that a change costs what it changes. A node that missed one reads the
 * deltas since its revision, or the anchor and the deltas since. All entries belong to one partition, so one member has them
 * all, and they are lost together if they are lost. Values are bytes whose first one is the version of their format.
 */
public final class HazelcastRulesetCache implements RulesetCache {
    static final String MAP = "variate.ruleset.rows";

    /** Hazelcast computes the partition of a key from what follows the {@code @}. */
    private static final String PARTITION = "@ruleset";

    static final String HEAD = "head" + PARTITION;
    private static final String DELTA = "delta-";
    private static final String ANCHOR = "anchor-";

    /** Otherwise a member that hangs would block a check until Hazelcast considers it dead. */
    private static final long TIMEOUT_SECONDS = 5;

    private static final long HEAD_TIMEOUT_SECONDS = 2;

    private final Vertx vertx;
    private final IMap<String, byte[]> map;
    private final RefusedDeltas refused;
    private final DocumentMap documents;

    /**
     * A view of the shared map.
     *
     * @param hazelcast the instance of this node, owned and closed by Vert.x' cluster manager
     */
    public HazelcastRulesetCache(Vertx vertx, HazelcastInstance hazelcast, Cluster cluster, MeterRegistry metrics) {
        this.vertx = vertx;
        this.map = hazelcast.getMap(MAP);
        this.refused = new RefusedDeltas(metrics);
        this.documents = new DocumentMap(vertx, hazelcast, cluster);
    }

    @Override
    public Future<@Nullable Revision> head() {
        // Not getAsync, which ignores the partitioning strategy.
        return this.<@Nullable Revision>blocking(() -> {
                    CacheHead head = decodeHead(map.get(HEAD));
                    return head == null ? null : head.revision();
                })
                .timeout(HEAD_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private @Nullable CacheHead decodeHead(byte @Nullable [] encoded) {
        try {
            return encoded == null ? null : CacheHead.decode(encoded);
        } catch (UnreadableRowsException e) {
            refused.add(e);
            return null;
        }
    }

    @Override
    public Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served) {
        return blocking(() -> read(served));
    }

    private @Nullable RulesetRows read(@Nullable RulesetRows served) {
        byte[] encoded = map.get(HEAD);
        CacheHead head = decodeHead(encoded);
        if (encoded == null || head == null) {
            return served == null ? documents.read() : null;
        }
        if (!head.revision().replaces(served == null ? null : served.revision())) {
            return null;
        }
        try {
            RulesetRows caughtUp = served == null ? null : since(served, head);
            return caughtUp == null ? fromAnchor(served, head) : caughtUp;
        } catch (UnreadableRowsException | IllegalArgumentException e) {
            if (discard(encoded)) {
                refused.add(e);
            }
        } catch (IncompleteException e) {
            if (discard(encoded)) {
                refused.add(RefusedDeltas.Reason.INCOMPLETE, String.valueOf(e.getMessage()));
            }
        }
        return null;
    }

    /**
     * Removes a head whose entries cannot be used. The next check of any node finds that it is missing, and puts the whole
     * ruleset. Returns false if another head has replaced it: then its entries were removed on purpose, and the event of the
     * new head causes another check.
     */
    private boolean discard(byte[] head) {
        return map.remove(HEAD, head);
    }

    /** Returns null if the deltas do not continue the served ruleset. */
    private @Nullable RulesetRows since(RulesetRows served, CacheHead head) {
        List<Link> links = head.since(served.revision());
        if (links.isEmpty()) {
            return null;
        }
        String first = key(DELTA, links.get(0));
        byte[] encoded = map.get(first);
        if (encoded == null || !RowsCodec.decodeDelta(encoded).from().equals(served.revision())) {
            return null;
        }
        return chain(links, head).applyTo(served);
    }

    private RulesetRows fromAnchor(@Nullable RulesetRows served, CacheHead head) {
        byte[] anchor = map.get(key(ANCHOR, head.anchor()));
        if (anchor == null) {
            throw new IncompleteException("the flag cache lacks its whole ruleset");
        }
        RulesetRows newest = chain(head.sinceAnchor(), head).applyTo(RowsCodec.decodeRuleset(anchor));
        if (!newest.revision().equals(head.revision())) {
            throw new IncompleteException("the flag cache lacks the deltas to its newest revision");
        }
        return served == null ? newest : newest.sharing(served);
    }

    private DeltaChain chain(List<Link> links, CacheHead head) {
        Set<String> keys = new HashSet<>();
        links.forEach(link -> keys.add(key(DELTA, link)));
        Map<String, byte[]> entries = map.getAll(keys);
        List<RulesetDelta> deltas = new ArrayList<>();
        for (Link link : links) {
            byte[] encoded = entries.get(key(DELTA, link));
            if (encoded == null) {
                throw new IncompleteException("the flag cache lacks a delta of revision "
                        + head.revision().number());
            }
            deltas.add(RowsCodec.decodeDelta(encoded));
        }
        return new DeltaChain(deltas);
    }

    /** An entry that the head names does not exist. */
    private static final class IncompleteException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        IncompleteException(String message) {
            super(message);
        }
    }

    @Override
    public Future<Void> publish(RulesetDelta delta, RulesetRows after) {
        documents.follow(after);
        return blocking(() -> locked(() -> put(delta, after)));
    }

    @Override
    public Future<Void> publishWhole(RulesetRows ruleset) {
        documents.follow(ruleset);
        return head().compose(present -> isNewer(ruleset, present)
                ? blocking(() -> locked(() -> put(null, ruleset)))
                : Future.succeededFuture());
    }

    private static boolean isNewer(RulesetRows ruleset, @Nullable Revision present) {
        return ruleset.revision().replaces(present);
    }

    private void put(@Nullable RulesetDelta delta, RulesetRows after) {
        byte[] encoded = map.get(HEAD);
        CacheHead present = decodeHead(encoded);
        boolean isLater = encoded != null && encoded.length > 0 && encoded[0] > CacheHead.VERSION;
        if (isLater || !isNewer(after, present == null ? null : present.revision())) {
            return;
        }
        CacheHead next;
        if (delta != null && present != null && present.revision().equals(delta.from())) {
            byte[] change = RowsCodec.encode(delta);
            map.set(key(DELTA, Link.of(delta)), change);
            next = present.plus(delta, change.length);
            if (next.needsAnchor()) {
                next = next.anchored(putAnchor(after));
            }
        } else {
            next = CacheHead.ofWhole(after.revision(), putAnchor(after));
        }
        map.set(HEAD, next.encode());
        if (next.linksSinceAnchor() == 0) {
            removeOthers(next);
        }
    }

    private long putAnchor(RulesetRows ruleset) {
        byte[] whole = RowsCodec.encode(ruleset);
        map.set(key(ANCHOR, Link.of(ruleset.revision())), whole);
        return whole.length;
    }

    /** Removes entries that the head does not name: older ones, and those of the other side of a healed split. */
    private void removeOthers(CacheHead head) {
        Set<String> named = new HashSet<>(Set.of(HEAD, key(ANCHOR, head.anchor())));
        head.links().forEach(link -> named.add(key(DELTA, link)));
        for (String key : map.keySet()) {
            if (!named.contains(key)) {
                map.delete(key);
            }
        }
    }

    private @Nullable Void locked(Runnable change) throws InterruptedException {
        if (!map.tryLock(HEAD, TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("another node has locked the flag cache");
        }
        try {
            change.run();
        } finally {
            map.unlock(HEAD);
        }
        return null;
    }

    private <T extends @Nullable Object> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    private static String key(String kind, Link link) {
        return kind + link.number() + "-" + Integer.toHexString(link.fingerprint()) + PARTITION;
    }

    @Override
    public void subscribe(Consumer<RulesetDelta> onDelta, Runnable onHead) {
        // Only deltas are sent to all nodes, not the anchor.
        map.addEntryListener(
                new PutListener(value -> deliver(value, onDelta)), Predicates.like("__key", DELTA + "%"), true);
        map.addEntryListener(new PutListener(value -> onHead.run()), HEAD, false);
    }

    private void deliver(byte[] encoded, Consumer<RulesetDelta> onDelta) {
        RulesetDelta delta;
        try {
            delta = RowsCodec.decodeDelta(encoded);
        } catch (UnreadableRowsException e) {
            refused.add(e);
            return;
        }
        onDelta.accept(delta);
    }

    private record PutListener(Consumer<byte[]> callback)
            implements EntryAddedListener<String, byte[]>,
                    EntryUpdatedListener<String, byte[]>,
                    EntryMergedListener<String, byte[]> {
        @Override
        public void entryAdded(EntryEvent<String, byte[]> event) {
            callback.accept(event.getValue());
        }

        @Override
        public void entryUpdated(EntryEvent<String, byte[]> event) {
            callback.accept(event.getValue());
        }

        @Override
        public void entryMerged(EntryEvent<String, byte[]> event) {
            callback.accept(event.getValue());
        }
    }
}
