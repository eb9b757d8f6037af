package io.variate.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.internal.server.ServerConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The members that this node has seen in its cluster, with their addresses. Members that are considered dead stay known:
 * one that is still alive must learn that it was removed, or it would take longer to rejoin. Thread-safe.
 */
final class KnownPeers {
    private static final int MAX_PEERS = 1_024;

    private final Map<UUID, InetAddress> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, InetAddress> eldest) {
            return size() > MAX_PEERS;
        }
    };

    /** Listening addresses of nodes to which this node has sent a join request. */
    private final Map<InetSocketAddress, Boolean> joinTargets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Boolean> eldest) {
            return size() > MAX_PEERS;
        }
    };

    /**
     * Records that this node has sent a join request on a connection. The response may arrive on another connection, because
     * two nodes may connect to each other at the same time.
     */
    synchronized void addJoinTarget(ServerConnection connection) {
        InetSocketAddress peer = listeningAddress(connection);
        if (peer != null) {
            joinTargets.put(peer, true);
        }
    }

    private static @Nullable InetSocketAddress listeningAddress(ServerConnection connection) {
        Address claimed = connection.getRemoteAddress();
        InetAddress source = connection.getInetAddress();
        return claimed == null || source == null ? null : new InetSocketAddress(source, claimed.getPort());
    }

    /** Adds the current members. */
    synchronized void add(Collection<? extends Member> members) {
        members.forEach(member ->
                addresses.put(member.getUuid(), member.getSocketAddress().getAddress()));
    }

    /** Whether the handshake of a connection came from the address of a known member or of a join target. */
    synchronized boolean contains(ServerConnection connection) {
        UUID uuid = connection.getRemoteUuid();
        if (uuid != null && connection.getInetAddress().equals(addresses.get(uuid))) {
            return true;
        }
        InetSocketAddress peer = listeningAddress(connection);
        return peer != null && joinTargets.containsKey(peer);
    }

    /** Whether a peer may claim an id: the id of a known member is valid only from that member's address. */
    synchronized boolean permits(UUID uuid, InetAddress source) {
        @Nullable InetAddress expected = addresses.get(uuid);
        return expected == null || expected.equals(source);
    }
}
