package io.variate.cluster;

import io.variate.config.Settings;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/** Options of the Vert.x event bus of a clustered node. */
public final class BusConfiguration {
    /**
     * The connect timeout, and the ping interval and timeout of open connections below, are short: with the defaults, a
     * connection cut by a network split would stay in use for a minute after the split has healed.
     */
    private static final int CONNECT_MILLIS = 2_000;

    /**
     * Timeout after which the kernel closes a connection whose peer acknowledges nothing. Vert.x detects such a peer by its
     * pings, but sends all outstanding data before it closes the connection.
     */
    private static final int STALLED_MILLIS = 3_000;

    private static final long PING_INTERVAL_MILLIS = 2_000;
    private static final long PONG_TIMEOUT_MILLIS = 3_000;

    /** Idle timeout. Connections of nodes are never idle, because of their pings. */
    private static final int IDLE_SECONDS = 30;

    private BusConfiguration() {}

    /** The event bus options of this node. */
    public static EventBusOptions of(Settings.Cluster cluster) {
        EventBusOptions options = new EventBusOptions()
                .setHost(ClusterConfiguration.address(cluster))
                .setPort(cluster.busPort())
                .setConnectTimeout(CONNECT_MILLIS)
                .setTcpUserTimeout(STALLED_MILLIS)
                .setIdleTimeout(IDLE_SECONDS)
                .setClusterPingInterval(PING_INTERVAL_MILLIS)
                .setClusterPingReplyInterval(PONG_TIMEOUT_MILLIS);
        Settings.Tls tls = cluster.tls();
        return tls == null ? options : secured(options, tls);
    }

    /** Mutual TLS: each side presents a certificate, and accepts any certificate that the authority has signed. */
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
