package io.variate.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;

/**
 * The nodes that Hazelcast sees.
 *
 * @param hazelcast the instance of this node, owned and closed by Vert.x' cluster manager
 */
public record HazelcastCluster(HazelcastInstance hazelcast) implements Cluster {
    @Override
    public int size() {
        return hazelcast.getCluster().getMembers().size();
    }

    /** The oldest node that can read the source leads: all nodes see the same order, so no election is needed. */
    @Override
    public boolean isLeader() {
        for (Member member : hazelcast.getCluster().getMembers()) {
            if (Boolean.parseBoolean(member.getAttribute(ClusterConfiguration.READS_SOURCE))) {
                return member.localMember();
            }
        }
        return false;
    }

    @Override
    public boolean isSafe() {
        return hazelcast.getPartitionService().isClusterSafe();
    }
}
