package io.variate.cluster;

import io.variate.config.Settings;
import io.vertx.core.eventbus.EventBusOptions;

/** How the nodes of a cluster talk over Vert.x' event bus. */
public final class BusConfiguration {
    /**
     * How long a connection to another node may take to open, how often one that is open is tried, and how long the answer
     * may take. A connection that a split has cut would else stay in use for a minute after it has healed.
     */
    private static final int CONNECT_MILLIS = 2_000;

    /**
     * After how long the kernel gives up a connection whose other end takes nothing. Vert.x alone would not: it finds out by
     * its pings, but then waits until all has been sent that waits before it closes.
     */
    private static final int STALLED_MILLIS = 3_000;

    private static final long PING_EVERY_MILLIS = 2_000;
    private static final long PONG_WITHIN_MILLIS = 3_000;

    private BusConfiguration() {}

    /** The options of this node's bus. */
    public static EventBusOptions of(Settings.Cluster cluster) {
        return new EventBusOptions()
                .setHost(cluster.host())
                .setPort(cluster.busPort())
                .setConnectTimeout(CONNECT_MILLIS)
                .setTcpUserTimeout(STALLED_MILLIS)
                .setClusterPingInterval(PING_EVERY_MILLIS)
                .setClusterPingReplyInterval(PONG_WITHIN_MILLIS);
    }
}
