package io.variate.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The nodes that Hazelcast sees; thread-safe. */
public final class HazelcastCluster implements Cluster {
    private static final long LOOK_EVERY_MILLIS = 1_000;

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
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
        vertx.setPeriodic(1, LOOK_EVERY_MILLIS, tick -> look());
    }

    @Override
    public int size() {
        return hazelcast.getCluster().getMembers().size();
    }

    /** The oldest node that can read the source leads: all nodes see the same order, so no election is needed. */
    @Override
    public @Nullable String leader() {
        for (Member member : hazelcast.getCluster().getMembers()) {
            if (Boolean.parseBoolean(member.getAttribute(ClusterConfiguration.READS_SOURCE))) {
                return member.getUuid().toString();
            }
        }
        return null;
    }

    @Override
    public String member() {
        return hazelcast.getCluster().getLocalMember().getUuid().toString();
    }

    @Override
    public List<Peer> otherEvaluators() {
        return hazelcast.getCluster().getMembers().stream()
                .filter(member -> !member.localMember()
                        && Boolean.parseBoolean(member.getAttribute(ClusterConfiguration.EVALUATES)))
                .map(member -> new Peer(
                        member.getUuid().toString(), String.valueOf(member.getAttribute(ClusterConfiguration.NODE))))
                .toList();
    }

    /** As it was a moment ago: Hazelcast asks every node and blocks until all have answered, for seconds if one is gone. */
    @Override
    public boolean isSafe() {
        return safe;
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        vertx.executeBlocking(() -> hazelcast.getPartitionService().isClusterSafe(), false)
                .onComplete((answer, failure) -> {
                    safe = failure == null && answer;
                    looking = false;
                });
    }
}
