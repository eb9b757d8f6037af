package io.variate.cluster;

import java.util.List;

/** A node without a cluster. */
public record SingleNode() implements Cluster {
    @Override
    public int size() {
        return 1;
    }

    @Override
    public String leader() {
        return member();
    }

    @Override
    public void sourceFailed() {
        // No other node could read it.
    }

    @Override
    public boolean readsSource() {
        return true;
    }

    @Override
    public String member() {
        return "alone";
    }

    @Override
    public List<Peer> othersWithLedger() {
        return List.of();
    }

    @Override
    public boolean hasPreviousVersion() {
        return false;
    }

    @Override
    public boolean isSafe() {
        return true;
    }

    @Override
    public boolean isSettled() {
        return true;
    }

    @Override
    public void stop() {
        // Monitors nothing.
    }
}
