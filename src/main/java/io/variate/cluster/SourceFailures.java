package io.variate.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes that recently failed to read the ruleset source; thread-safe.
 *
 * <p>A failed node repeats its announcement, so that no state must be replicated, merged after a split, or removed when the
 * node leaves.
 */
final class SourceFailures {
    private static final Logger log = LoggerFactory.getLogger(SourceFailures.class);

    /** Messages: whether the publishing member can read the ruleset source. */
    private static final String TOPIC = "variate.source-readable";

    private static final long ANNOUNCE_INTERVAL_MILLIS = 1_000;

    /**
     * How long a failure counts, so that an unstable connection to the source does not change the leader repeatedly. Also how
     * long the last announcement of a lost node counts.
     */
    private static final long EXPIRY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final String self;
    private final ITopic<Boolean> readable;

    /** Time of the latest failure, by {@link System#nanoTime}, by member id. */
    private final Map<String, Long> failed = new ConcurrentHashMap<>();

    SourceFailures(Vertx vertx, HazelcastInstance hazelcast, String self) {
        this.vertx = vertx;
        this.self = self;
        this.readable = hazelcast.getTopic(TOPIC);
        readable.addMessageListener(this::receive);
        vertx.setPeriodic(ANNOUNCE_INTERVAL_MILLIS, tick -> expireAndAnnounce());
    }

    /** Whether a node failed recently. */
    boolean contains(String node) {
        return failed.containsKey(node);
    }

    /** Records that this node has just failed. */
    void add() {
        if (failed.put(self, System.nanoTime()) == null) {
            announce(false);
        }
    }

    private void expireAndAnnounce() {
        boolean before = contains(self);
        long now = System.nanoTime();
        failed.values().removeIf(last -> now - last > EXPIRY_NANOS);
        if (before) {
            announce(!contains(self));
        }
    }

    private void receive(Message<Boolean> message) {
        Member from = message.getPublishingMember();
        if (from == null || from.localMember()) {
            return;
        }
        if (message.getMessageObject()) {
            failed.remove(HazelcastCluster.idOf(from));
        } else {
            failed.put(HazelcastCluster.idOf(from), System.nanoTime());
        }
    }

    private void announce(boolean canRead) {
        vertx.executeBlocking(
                        () -> {
                            readable.publish(canRead);
                            return null;
                        },
                        false)
                .onFailure(failure ->
                        log.debug("cannot announce the state of the ruleset source: {}", failure.toString()));
    }
}
