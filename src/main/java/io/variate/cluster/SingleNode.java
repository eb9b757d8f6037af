package io.variate.cluster;

/** A node on its own. */
public record SingleNode() implements Cluster {
    @Override
    public int size() {
        return 1;
    }

    @Override
    public boolean isLeader() {
        return true;
    }

    @Override
    public boolean isSafe() {
        return true;
    }
}
