package io.variate.cluster;

import com.hazelcast.internal.nio.Packet;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.tcp.PacketEncoder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Records that this node has sent a join request, which contains the cluster name, on a connection, so that it accepts the
 * responses. The peer may have opened the connection, because members search for former members. Used by one thread of
 * Hazelcast.
 */
final class JoinTrackingEncoder extends PacketEncoder {
    private final ServerConnection connection;
    private final KnownPeers knownPeers;
    private boolean joinRequestSent;

    JoinTrackingEncoder(ServerConnection connection, KnownPeers knownPeers) {
        this.connection = connection;
        this.knownPeers = knownPeers;
    }

    /** Whether this node has sent a join request on a connection. Any thread. */
    static boolean hasSentJoinRequest(ServerConnection connection) {
        return connection.attributeMap().containsKey(JoinTrackingEncoder.class);
    }

    @Override
    public void src(Supplier<Packet> packets) {
        super.src(() -> track(packets.get()));
    }

    private @Nullable Packet track(@Nullable Packet packet) {
        if (!joinRequestSent && packet != null && isJoinRequest(packet)) {
            joinRequestSent = true;
            knownPeers.addJoinTarget(connection);
            markConnection();
        }
        return packet;
    }

    /** The raw type is Hazelcast's. */
    @SuppressWarnings("unchecked")
    private void markConnection() {
        connection.attributeMap().put(JoinTrackingEncoder.class, true);
    }

    private static boolean isJoinRequest(Packet packet) {
        if (packet.getPacketType() != Packet.Type.OPERATION || packet.isFlagRaised(Packet.FLAG_OP_RESPONSE)) {
            return false;
        }
        try {
            return HandshakeReader.operation(packet.toByteArray()).clusterName() != null;
        } catch (InvalidPacketException e) {
            return false;
        }
    }
}
