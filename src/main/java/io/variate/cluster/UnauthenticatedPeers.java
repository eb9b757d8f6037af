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
 * The connections to the port of Hazelcast whose peers have not identified themselves yet. There are at most so many, each
 * for a bounded time: beyond that the oldest is closed, for a node that joins needs no more than a moment. Thread-safe.
 */
final class UnauthenticatedPeers {
    private final int most;
    private final long patienceNanos;
    private final KnownPeers acquaintances;
    private final RefusedJoins refused;

    /** By when they came, by {@link System#nanoTime}; the oldest first. */
    private final Map<ServerConnection, Long> since = new LinkedHashMap<>();

    /**
     * None yet.
     *
     * @param most connections at a time
     * @param patience how long one may take
     */
    UnauthenticatedPeers(int most, Duration patience, KnownPeers acquaintances, RefusedJoins refused) {
        this.most = most;
        this.patienceNanos = patience.toNanos();
        this.acquaintances = acquaintances;
        this.refused = refused;
    }

    /** Takes in a connection that was just accepted. */
    void arrived(ServerConnection connection) {
        @Nullable ServerConnection oldest = null;
        synchronized (this) {
            since.put(connection, System.nanoTime());
            if (since.size() > most) {
                forgetClosed();
            }
            if (since.size() > most) {
                oldest = oldest();
            }
        }
        if (oldest != null) {
            end(oldest, "more than " + most + " at a time");
        }
    }

    /** The peer of a connection is known now. */
    synchronized void identified(ServerConnection connection) {
        since.remove(connection);
    }

    /** Closes what has had its time. */
    void expire() {
        List<ServerConnection> late = new ArrayList<>();
        synchronized (this) {
            forgetClosed();
            long now = System.nanoTime();
            Iterator<Map.Entry<ServerConnection, Long>> all = since.entrySet().iterator();
            while (all.hasNext()) {
                Map.Entry<ServerConnection, Long> each = all.next();
                if (now - each.getValue() < patienceNanos) {
                    break;
                }
                late.add(each.getKey());
                all.remove();
            }
        }
        late.forEach(each -> end(each, "nothing that identifies it in time"));
    }

    /** Counts and logs what a peer did, and closes its connection. */
    void refuse(ServerConnection connection, RefusedJoins.Reason reason, String why) {
        note(connection, reason, why);
        identified(connection);
        // Without a cause: with one, Hazelcast would suspect the member whose address the peer has claimed.
        connection.close(why, null);
    }

    /** Counts and logs what a peer did. */
    void note(ServerConnection connection, RefusedJoins.Reason reason, String why) {
        refused.count(reason, why, connection.getRemoteSocketAddress());
    }

    private void end(ServerConnection connection, String why) {
        if (!InvitingEncoder.hasInvited(connection) && !acquaintances.include(connection)) {
            refuse(connection, RefusedJoins.Reason.UNIDENTIFIED, why);
        }
    }

    private ServerConnection oldest() {
        Iterator<ServerConnection> all = since.keySet().iterator();
        ServerConnection oldest = all.next();
        all.remove();
        return oldest;
    }

    private void forgetClosed() {
        since.keySet().removeIf(each -> !each.isAlive());
    }
}
