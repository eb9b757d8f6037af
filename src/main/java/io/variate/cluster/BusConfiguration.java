package io.variate.cluster;

import io.variate.config.Settings;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

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

    /** After how long a connection without any sign of life is closed: not one of another node, for that one pings. */
    private static final int SILENT_SECONDS = 30;

    private BusConfiguration() {}

    /** The options of this node's bus. */
    public static EventBusOptions of(Settings.Cluster cluster) {
        EventBusOptions options = new EventBusOptions()
                .setHost(ClusterConfiguration.address(cluster))
                .setPort(cluster.busPort())
                .setConnectTimeout(CONNECT_MILLIS)
                .setTcpUserTimeout(STALLED_MILLIS)
                .setIdleTimeout(SILENT_SECONDS)
                .setClusterPingInterval(PING_EVERY_MILLIS)
                .setClusterPingReplyInterval(PONG_WITHIN_MILLIS);
        Settings.Tls tls = cluster.tls();
        return tls == null ? options : secured(options, tls);
    }

    /** Each side of a connection shows a certificate, and takes any that the authority has signed. */
    private static EventBusOptions secured(EventBusOptions options, Settings.Tls tls) {
        return options.setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(tls.certificate().toString())
                        .setKeyPath(tls.key().toString()))
                .setTrustOptions(
                        new PemTrustOptions().addCertPath(tls.authority().toString()))
                .setClientAuth(ClientAuth.REQUIRED);
    }
}
