package io.variate.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The view that a node has of its cluster; thread-safe, never blocks. */
public interface Cluster {

    /** The number of nodes, including this one. */
    int size();

    /** Whether this node is the leader. */
    default boolean isLeader() {
        return member().equals(leader());
    }

    /** The member id of the leader, the node that reads the ruleset source for all nodes; null if no node has a source. */
    @Nullable
    String leader();

    /** Reports that this node failed to read the ruleset source: for a while, it leads only if no other node can. */
    void sourceFailed();

    /** Whether this node reads the ruleset source: it leads, or has failed to read and must detect the recovery. */
    boolean readsSource();

    /** The member id of this node: unique to this run of this node. */
    String member();

    /** Where other nodes reach this one, as host and port; null without a cluster. */
    default @Nullable String address() {
        return null;
    }

    /** The other nodes. Applications are no nodes. */
    default List<Peer> others() {
        return List.of();
    }

    /** The other nodes with a ledger: evaluators and forwarders. */
    List<Peer> othersWithLedger();

    /** Whether the cluster has a node of the previous version, which exchanges rulesets as documents. */
    boolean hasPreviousVersion();

    /** Whether all shared data on this node has its backups. */
    boolean isSafe();

    /** Whether this node has finished joining: it has been safe once, or the timeout for that has passed. */
    boolean isSettled();

    /** Stops monitoring the cluster, before this node leaves it. */
    void stop();

    /**
     * Another node.
     *
     * @param member its member id
     * @param node its {@code node.id}
     */
    record Peer(String member, String node) {}
}
