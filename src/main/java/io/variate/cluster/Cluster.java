package io.variate.cluster;

/** What a node knows of the nodes beside it; thread-safe, never blocks. */
public sealed interface Cluster permits SingleNode, HazelcastCluster {

    /** How many nodes there are, this one included. */
    int size();

    /** Whether this node is the one that reads the source of the ruleset for all. */
    boolean isLeader();

    /** Whether every partition of shared data has its backups. */
    boolean isSafe();
}
