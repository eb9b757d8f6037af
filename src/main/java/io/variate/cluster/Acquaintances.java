package io.variate.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.internal.server.ServerConnection;
import java.net.InetAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The members that this node has seen in its cluster, and where they were. A member that was considered dead still counts:
 * it must be able to learn that it is out, or it would take longer to come back. Thread-safe.
 */
final class Acquaintances {
    private static final int MOST = 1_024;

    private final Map<UUID, InetAddress> addresses = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, InetAddress> eldest) {
            return size() > MOST;
        }
    };

    /** Remembers the members that there are now. */
    synchronized void add(Collection<? extends Member> members) {
        members.forEach(member ->
                addresses.put(member.getUuid(), member.getSocketAddress().getAddress()));
    }

    /** Whether the handshake of a connection was that of such a member, from its address. */
    synchronized boolean include(ServerConnection connection) {
        UUID uuid = connection.getRemoteUuid();
        return uuid != null && connection.getInetAddress().equals(addresses.get(uuid));
    }

    /** Whether a peer may say that it is the one of this id: a member says so from its own address. */
    synchronized boolean permit(UUID uuid, InetAddress source) {
        @Nullable InetAddress expected = addresses.get(uuid);
        return expected == null || expected.equals(source);
    }
}
