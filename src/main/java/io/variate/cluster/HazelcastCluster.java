package io.variate.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The nodes that Hazelcast sees; thread-safe. */
public final class HazelcastCluster implements Cluster {
    private static final Logger log = LoggerFactory.getLogger(HazelcastCluster.class);

    private static final long LOOK_EVERY_MILLIS = 1_000;
    private static final long LOOK_AT_FIRST_EVERY_MILLIS = 100;

    /** A member that hangs while this one joins should not keep it from serving. */
    private static final long SETTLED_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * Whether a member could read the source: one that could not says so again and again, so that nothing has to be kept or
     * merged, and nobody has to be told when it goes.
     */
    private static final String SOURCE_TOPIC = "variate.source-readable";

    /**
     * How long a failure counts: an unsteady connection to the source does not make the lead change all the time. Also how
     * long a word of a node that is heard of no more counts.
     */
    private static final long UNREADABLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
    private final String member;
    private final ITopic<Boolean> sourceReadable;

    /** When members said last that they could not read the source, by {@link System#nanoTime}. */
    private final Map<String, Long> unreadable = new ConcurrentHashMap<>();

    private final long started = System.nanoTime();
    private volatile boolean settled;
    private volatile boolean safe;
    private volatile boolean looking;

    /**
     * Watches the cluster until Vert.x is closed.
     *
     * @param hazelcast the instance of this node, owned and closed by Vert.x' cluster manager
     */
    public HazelcastCluster(Vertx vertx, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.hazelcast = hazelcast;
        this.member = idOf(hazelcast.getCluster().getLocalMember());
        this.sourceReadable = hazelcast.getTopic(SOURCE_TOPIC);
        sourceReadable.addMessageListener(this::hear);
        vertx.setPeriodic(1, LOOK_EVERY_MILLIS, tick -> {
            forgetOldWords();
            look();
        });
        vertx.setPeriodic(LOOK_AT_FIRST_EVERY_MILLIS, timer -> {
            if (settled) {
                vertx.cancelTimer(timer);
            } else {
                look();
            }
        });
    }

    @Override
    public int size() {
        return hazelcast.getCluster().getMembers().size();
    }

    /**
     * Of the nodes that have a source, the oldest that can read it leads; if none can, the oldest. All nodes see the same
     * order, so no election is needed; for the moment that a word takes, there may be two leaders or none.
     */
    @Override
    public @Nullable String leader() {
        String oldest = null;
        for (Member each : hazelcast.getCluster().getMembers()) {
            if (Boolean.parseBoolean(each.getAttribute(ClusterConfiguration.READS_SOURCE))) {
                String id = idOf(each);
                if (!unreadable.containsKey(id)) {
                    return id;
                }
                oldest = oldest == null ? id : oldest;
            }
        }
        return oldest;
    }

    @Override
    public void sourceFailed() {
        if (unreadable.put(member, System.nanoTime()) == null) {
            say(false);
        }
    }

    @Override
    public boolean readsSource() {
        return unreadable.containsKey(member) || isLeader();
    }

    @Override
    public String member() {
        return member;
    }

    @Override
    public List<Peer> otherEvaluators() {
        return hazelcast.getCluster().getMembers().stream()
                .filter(each ->
                        !each.localMember() && Boolean.parseBoolean(each.getAttribute(ClusterConfiguration.EVALUATES)))
                .map(each -> new Peer(idOf(each), String.valueOf(each.getAttribute(ClusterConfiguration.NODE))))
                .toList();
    }

    /**
     * As it was a moment ago, since Hazelcast blocks until those that hold the backups have answered: for seconds if one is
     * gone. That is also why not all nodes are asked: they would all do so, and have no threads left for anything else.
     */
    @Override
    public boolean isSafe() {
        return safe;
    }

    @Override
    public boolean isSettled() {
        return settled;
    }

    private void look() {
        settled |= System.nanoTime() - started > SETTLED_AFTER_NANOS;
        if (looking) {
            return;
        }
        looking = true;
        vertx.executeBlocking(() -> hazelcast.getPartitionService().isLocalMemberSafe(), false)
                .onComplete((answer, failure) -> {
                    safe = failure == null && answer;
                    settled |= safe;
                    looking = false;
                });
    }

    private void forgetOldWords() {
        boolean failed = unreadable.containsKey(member);
        long now = System.nanoTime();
        unreadable.values().removeIf(last -> now - last > UNREADABLE_NANOS);
        if (failed) {
            say(!unreadable.containsKey(member));
        }
    }

    private void hear(Message<Boolean> word) {
        Member from = word.getPublishingMember();
        if (from == null || from.localMember()) {
            return;
        }
        if (word.getMessageObject()) {
            unreadable.remove(idOf(from));
        } else {
            unreadable.put(idOf(from), System.nanoTime());
        }
    }

    private void say(boolean readable) {
        vertx.executeBlocking(
                        () -> {
                            sourceReadable.publish(readable);
                            return null;
                        },
                        false)
                .onFailure(failure -> log.debug("other nodes cannot be told of the source: {}", failure.toString()));
    }

    private static String idOf(Member member) {
        return String.valueOf(member.getAttribute(ClusterConfiguration.MEMBER));
    }
}
