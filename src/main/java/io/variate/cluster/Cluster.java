package io.variate.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node knows of the nodes beside it; thread-safe, never blocks. */
public sealed interface Cluster permits SingleNode, HazelcastCluster {

    /** How many nodes there are, this one included. */
    int size();

    /** Whether this node is the one that reads the source of the ruleset for all. */
    default boolean isLeader() {
        return member().equals(leader());
    }

    /** What the cluster calls the node that reads the source of the ruleset for all; null if none has one. */
    @Nullable
    String leader();

    /** Says that this node could not read the source: it does not lead for a while, if another one can. */
    void sourceFailed();

    /** Whether this node is to read the source: it leads, or has failed to and is to find out when it can again. */
    boolean readsSource();

    /** What the cluster calls this node, as long as it runs: of no other node, and not of this one after its next start. */
    String member();

    /** The other nodes that have the evaluator role. */
    List<Peer> otherEvaluators();

    /** Whether all shared data that this node holds has its backups. */
    boolean isSafe();

    /** Whether this node is done with joining: it has been safe once, or has waited long enough for that. */
    boolean isSettled();

    /** Looks at the other nodes no more, for this one is about to leave. */
    void stop();

    /**
     * Another node.
     *
     * @param member what the cluster calls it
     * @param node what its settings call it
     */
    record Peer(String member, String node) {}
}
