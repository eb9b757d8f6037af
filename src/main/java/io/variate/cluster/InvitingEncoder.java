package io.variate.cluster;

import com.hazelcast.internal.nio.Packet;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.tcp.PacketEncoder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Notes when this node itself shows the name of the cluster on a connection: it asks that peer to let it in, so it takes
 * the answers. The connection may be one that the peer has opened, for a member looks for nodes that were here before.
 * Used by one thread of Hazelcast.
 */
final class InvitingEncoder extends PacketEncoder {
    private final ServerConnection connection;
    private final KnownPeers acquaintances;
    private boolean invited;

    InvitingEncoder(ServerConnection connection, KnownPeers acquaintances) {
        this.connection = connection;
        this.acquaintances = acquaintances;
    }

    /** Whether this node has shown the name of the cluster on a connection. Any thread. */
    static boolean hasInvited(ServerConnection connection) {
        return connection.attributeMap().containsKey(InvitingEncoder.class);
    }

    @Override
    public void src(Supplier<Packet> packets) {
        super.src(() -> note(packets.get()));
    }

    private @Nullable Packet note(@Nullable Packet packet) {
        if (!invited && packet != null && showsName(packet)) {
            invited = true;
            acquaintances.invite(connection);
            mark();
        }
        return packet;
    }

    /** Raw types are Hazelcast's. */
    @SuppressWarnings("unchecked")
    private void mark() {
        connection.attributeMap().put(InvitingEncoder.class, true);
    }

    private static boolean showsName(Packet packet) {
        if (packet.getPacketType() != Packet.Type.OPERATION || packet.isFlagRaised(Packet.FLAG_OP_RESPONSE)) {
            return false;
        }
        try {
            return Introduction.call(packet.toByteArray()).clusterName() != null;
        } catch (ForeignPacketException e) {
            return false;
        }
    }
}
