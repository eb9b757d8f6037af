package io.variate.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The nodes that Hazelcast sees; thread-safe. */
public final class HazelcastCluster implements Cluster {
    private static final long LOOK_EVERY_MILLIS = 1_000;
    private static final long LOOK_AT_FIRST_EVERY_MILLIS = 100;

    /** A member that hangs while this one joins should not keep it from serving. */
    private static final long SETTLED_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
    private final String member;
    private final SourceFailures failures;
    private final long started = System.nanoTime();
    private volatile boolean settled;
    private volatile boolean safe;
    private volatile boolean looking;
    private volatile boolean stopped;

    /**
     * Watches the cluster until {@link #stop}.
     *
     * @param hazelcast the instance of this node, owned and closed by Vert.x' cluster manager
     */
    public HazelcastCluster(Vertx vertx, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.hazelcast = hazelcast;
        this.member = idOf(hazelcast.getCluster().getLocalMember());
        this.failures = new SourceFailures(vertx, hazelcast, member);
        vertx.setPeriodic(1, LOOK_EVERY_MILLIS, tick -> look());
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
                if (!failures.of(id)) {
                    return id;
                }
                oldest = oldest == null ? id : oldest;
            }
        }
        return oldest;
    }

    @Override
    public void sourceFailed() {
        failures.add();
    }

    @Override
    public boolean readsSource() {
        return failures.of(member) || isLeader();
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

    /** Else a look would ask for threads while Vert.x closes, when there are none left. */
    @Override
    public void stop() {
        stopped = true;
    }

    private void look() {
        settled |= System.nanoTime() - started > SETTLED_AFTER_NANOS;
        if (looking || stopped) {
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

    /** As {@link Cluster#member} has it. */
    static String idOf(Member member) {
        return String.valueOf(member.getAttribute(ClusterConfiguration.MEMBER));
    }
}
