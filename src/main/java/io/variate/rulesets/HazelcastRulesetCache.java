package io.variate.rulesets;

import com.hazelcast.aggregation.Aggregators;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryMergedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The flag cache: one entry in a Hazelcast map, which pushes it to every node. */
public final class HazelcastRulesetCache implements RulesetCache {
    private static final String MAP = "variate.ruleset";
    private static final String NEWEST = "newest";

    private final Vertx vertx;
    private final IMap<String, EncodedRuleset> map;

    /**
     * A view of the shared map.
     *
     * @param hazelcast the instance of this node, owned and closed by Vert.x' cluster manager
     */
    public HazelcastRulesetCache(Vertx vertx, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.map = hazelcast.getMap(MAP);
    }

    /** Reads the one field where the entry is kept, so the document itself does not travel. */
    @Override
    public Future<Long> revision() {
        return vertx.executeBlocking(
                () -> {
                    Long revision = map.aggregate(Aggregators.longMax("revision"));
                    return revision == null ? -1 : revision;
                },
                false);
    }

    @Override
    public Future<@Nullable EncodedRuleset> get() {
        return Future.fromCompletionStage(map.getAsync(NEWEST), vertx.getOrCreateContext());
    }

    @Override
    public Future<Void> putIfNewer(EncodedRuleset ruleset) {
        return vertx.executeBlocking(() -> {
            map.lock(NEWEST);
            try {
                EncodedRuleset present = map.get(NEWEST);
                if (present == null || present.revision() < ruleset.revision()) {
                    map.set(NEWEST, ruleset);
                }
            } finally {
                map.unlock(NEWEST);
            }
            return null;
        });
    }

    @Override
    public void onPut(Consumer<EncodedRuleset> callback) {
        map.addEntryListener(new PutListener(callback), true);
    }

    private record PutListener(Consumer<EncodedRuleset> callback)
            implements EntryAddedListener<String, EncodedRuleset>,
                    EntryUpdatedListener<String, EncodedRuleset>,
                    EntryMergedListener<String, EncodedRuleset> {
        @Override
        public void entryAdded(EntryEvent<String, EncodedRuleset> event) {
            callback.accept(event.getValue());
        }

        @Override
        public void entryUpdated(EntryEvent<String, EncodedRuleset> event) {
            callback.accept(event.getValue());
        }

        @Override
        public void entryMerged(EntryEvent<String, EncodedRuleset> event) {
            callback.accept(event.getValue());
        }
    }
}
