package io.variate.cluster;

import com.hazelcast.internal.server.ServerConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the Hazelcast port whose peers are not authenticated yet. Bounds their number and their time: when there
 * are too many, the oldest is closed, because a joining node authenticates within a fraction of a second. Thread-safe.
 */
final class UnauthenticatedPeers {
    private final int max;
    private final long timeoutNanos;
    private final KnownPeers knownPeers;
    private final RefusedJoins refused;

    /** Time of acceptance, by {@link System#nanoTime}; the oldest first. */
    private final Map<ServerConnection, Long> accepted = new LinkedHashMap<>();

    /**
     * Creates an empty set.
     *
     * @param max concurrent connections
     * @param timeout how long a peer may take to authenticate
     */
    UnauthenticatedPeers(int max, Duration timeout, KnownPeers knownPeers, RefusedJoins refused) {
        this.max = max;
        this.timeoutNanos = timeout.toNanos();
        this.knownPeers = knownPeers;
        this.refused = refused;
    }

    /** Adds a connection that was just accepted. */
    void add(ServerConnection connection) {
        @Nullable ServerConnection oldest = null;
        synchronized (this) {
            accepted.put(connection, System.nanoTime());
            if (accepted.size() > max) {
                removeClosed();
            }
            if (accepted.size() > max) {
                oldest = removeOldest();
            }
        }
        if (oldest != null) {
            close(oldest, "more than " + max + " unauthenticated connections");
        }
    }

    /** Removes a connection whose peer is authenticated. */
    synchronized void remove(ServerConnection connection) {
        accepted.remove(connection);
    }

    /** Closes connections whose time is over. */
    void expire() {
        List<ServerConnection> expired = new ArrayList<>();
        synchronized (this) {
            removeClosed();
            long now = System.nanoTime();
            Iterator<Map.Entry<ServerConnection, Long>> all =
                    accepted.entrySet().iterator();
            while (all.hasNext()) {
                Map.Entry<ServerConnection, Long> each = all.next();
                if (now - each.getValue() < timeoutNanos) {
                    break;
                }
                expired.add(each.getKey());
                all.remove();
            }
        }
        expired.forEach(each -> close(each, "not authenticated in time"));
    }

    /** Counts and logs a rejection, and closes the connection. */
    void reject(ServerConnection connection, RefusedJoins.Reason reason, String detail) {
        count(connection, reason, detail);
        remove(connection);
        // Without a cause. With one, Hazelcast would suspect the member whose address the peer has claimed.
        connection.close(detail, null);
    }

    /** Counts and logs a rejection. */
    void count(ServerConnection connection, RefusedJoins.Reason reason, String detail) {
        refused.count(reason, detail, connection.getRemoteSocketAddress());
    }

    private void close(ServerConnection connection, String detail) {
        if (!JoinTrackingEncoder.hasSentJoinRequest(connection) && !knownPeers.contains(connection)) {
            reject(connection, RefusedJoins.Reason.UNIDENTIFIED, detail);
        }
    }

    private ServerConnection removeOldest() {
        Iterator<ServerConnection> all = accepted.keySet().iterator();
        ServerConnection oldest = all.next();
        all.remove();
        return oldest;
    }

    private void removeClosed() {
        accepted.keySet().removeIf(each -> !each.isAlive());
    }
}
