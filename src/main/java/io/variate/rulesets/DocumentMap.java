package io.variate.rulesets;

import com.hazelcast.aggregation.Aggregators;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicate;
import com.hazelcast.query.Predicates;
import io.variate.cluster.Cluster;
import io.variate.rulesets.document.DocumentWriter;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The map from which nodes of the previous version take the ruleset, as one document. Written only while the cluster has
 * such nodes, in a rolling upgrade, and at most once a second. Thread-safe.
 */
final class DocumentMap {
    static final String MAP = "variate.ruleset";
    static final String NEWEST = "newest";

    private static final Logger log = LoggerFactory.getLogger(DocumentMap.class);

    /** Queries one node instead of all. */
    private static final Predicate<String, EncodedRuleset> OWNING_PARTITION =
            Predicates.partitionPredicate(NEWEST, Predicates.alwaysTrue());

    private static final long LOCK_SECONDS = 5;
    private static final long INTERVAL_MILLIS = 1_000;

    private final Vertx vertx;
    private final IMap<String, EncodedRuleset> map;
    private final Cluster cluster;

    /** The ruleset that the next write puts, or null if none is scheduled. */
    private final AtomicReference<@Nullable RulesetRows> next = new AtomicReference<>();

    private volatile long written = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);

    DocumentMap(Vertx vertx, HazelcastInstance hazelcast, Cluster cluster) {
        this.vertx = vertx;
        this.map = hazelcast.getMap(MAP);
        this.cluster = cluster;
    }

    /** The ruleset of nodes of the previous version, or null. Blocks. */
    @Nullable
    RulesetRows read() {
        EncodedRuleset found = cluster.hasPreviousVersion() ? map.get(NEWEST) : null;
        return found == null
                ? null
                : RulesetRows.of(
                        Revision.UNKNOWN_HISTORY,
                        found.revision(),
                        RulesetReader.read(found.json()).document().toRowSet(RowSet.EMPTY));
    }

    /** Schedules a write, unless all nodes have this version. Returns at once. */
    void follow(RulesetRows newest) {
        if (cluster.hasPreviousVersion() && next.getAndSet(newest) == null) {
            long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - written);
            vertx.setTimer(Math.max(1, INTERVAL_MILLIS - elapsed), over -> write());
        }
    }

    private void write() {
        written = System.nanoTime();
        vertx.executeBlocking(this::putNext, false)
                .onFailure(failure -> log.warn(
                        "cannot put the ruleset for nodes of the previous version: {}; retrying with the next check",
                        failure.toString()));
    }

    private @Nullable Void putNext() throws InterruptedException {
        RulesetRows newest = next.getAndSet(null);
        if (newest == null || newest.revision().number() <= revision()) {
            return null;
        }
        EncodedRuleset document = new EncodedRuleset(newest.revision().number(), DocumentWriter.json(newest));
        if (!map.tryLock(NEWEST, LOCK_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("another node has locked the flag cache");
        }
        try {
            if (revision() < document.revision()) {
                map.set(NEWEST, document);
            }
        } finally {
            map.unlock(NEWEST);
        }
        return null;
    }

    /** Reads the field on the member that owns the entry, so the document itself is not sent. */
    private long revision() {
        Long revision = map.aggregate(Aggregators.longMax("revision"), OWNING_PARTITION);
        return revision == null ? -1 : revision;
    }
}
