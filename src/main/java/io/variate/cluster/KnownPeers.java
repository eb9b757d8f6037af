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
 * The members that this node has seen in its cluster, and where they were. A member that was considered dead still counts:
 * it must be able to learn that it is out, or it would take longer to come back. Thread-safe.
 */
final class KnownPeers {
    private static final int MOST = 1_024;

    private final Map<UUID, InetAddress> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, InetAddress> eldest) {
            return size() > MOST;
        }
    };

    /** Where nodes listen that this node has asked to let it in. */
    private final Map<InetSocketAddress, Boolean> invited = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Boolean> eldest) {
            return size() > MOST;
        }
    };

    /**
     * This node has asked the peer of a connection to let it in. The answer may come by another connection, for two nodes
     * may open one to each other at the same moment.
     */
    synchronized void invite(ServerConnection connection) {
        InetSocketAddress peer = listeningAddress(connection);
        if (peer != null) {
            invited.put(peer, true);
        }
    }

    private static @Nullable InetSocketAddress listeningAddress(ServerConnection connection) {
        Address claimed = connection.getRemoteAddress();
        InetAddress source = connection.getInetAddress();
        return claimed == null || source == null ? null : new InetSocketAddress(source, claimed.getPort());
    }

    /** Remembers the members that there are now. */
    synchronized void add(Collection<? extends Member> members) {
        members.forEach(member ->
                addresses.put(member.getUuid(), member.getSocketAddress().getAddress()));
    }

    /** Whether the handshake of a connection was that of such a member, or of an invited node, from its address. */
    synchronized boolean include(ServerConnection connection) {
        UUID uuid = connection.getRemoteUuid();
        if (uuid != null && connection.getInetAddress().equals(addresses.get(uuid))) {
            return true;
        }
        InetSocketAddress peer = listeningAddress(connection);
        return peer != null && invited.containsKey(peer);
    }

    /** Whether a peer may say that it is the one of this id: a member says so from its own address. */
    synchronized boolean permit(UUID uuid, InetAddress source) {
        @Nullable InetAddress expected = addresses.get(uuid);
        return expected == null || expected.equals(source);
    }
}
