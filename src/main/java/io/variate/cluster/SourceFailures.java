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
 * Which nodes could not read the source of the ruleset lately; thread-safe.
 *
 * <p>A node that could not says so again and again, so that nothing has to be kept or merged, and nobody has to be told
 * when it goes.
 */
final class SourceFailures {
    private static final Logger log = LoggerFactory.getLogger(SourceFailures.class);

    /** Whether the member that says it can read the source. */
    private static final String TOPIC = "variate.source-readable";

    private static final long SAY_EVERY_MILLIS = 1_000;

    /**
     * How long a failure counts: an unsteady connection to the source does not make the lead change all the time. Also how
     * long the word of a node that is heard of no more counts.
     */
    private static final long COUNTS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final String self;
    private final ITopic<Boolean> readable;

    /** By the id of the node, when it last said so, by {@link System#nanoTime}. */
    private final Map<String, Long> failed = new ConcurrentHashMap<>();

    SourceFailures(Vertx vertx, HazelcastInstance hazelcast, String self) {
        this.vertx = vertx;
        this.self = self;
        this.readable = hazelcast.getTopic(TOPIC);
        readable.addMessageListener(this::hear);
        vertx.setPeriodic(SAY_EVERY_MILLIS, tick -> forgetAndSay());
    }

    /** Whether a node failed lately. */
    boolean of(String node) {
        return failed.containsKey(node);
    }

    /** Notes that this node has just failed. */
    void add() {
        if (failed.put(self, System.nanoTime()) == null) {
            say(false);
        }
    }

    private void forgetAndSay() {
        boolean before = of(self);
        long now = System.nanoTime();
        failed.values().removeIf(last -> now - last > COUNTS_NANOS);
        if (before) {
            say(!of(self));
        }
    }

    private void hear(Message<Boolean> word) {
        Member from = word.getPublishingMember();
        if (from == null || from.localMember()) {
            return;
        }
        if (word.getMessageObject()) {
            failed.remove(HazelcastCluster.idOf(from));
        } else {
            failed.put(HazelcastCluster.idOf(from), System.nanoTime());
        }
    }

    private void say(boolean now) {
        vertx.executeBlocking(
                        () -> {
                            readable.publish(now);
                            return null;
                        },
                        false)
                .onFailure(failure -> log.debug("other nodes cannot be told of the source: {}", failure.toString()));
    }
}
