package io.variate.cluster;

import static com.hazelcast.internal.nio.IOUtil.compactOrClear;

import com.hazelcast.internal.cluster.impl.operations.ClusterMismatchOp;
import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.nio.Packet;
import com.hazelcast.internal.nio.PacketIOHelper;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.tcp.PacketDecoder;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.impl.operationservice.impl.responses.ErrorResponse;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Consumer;

/**
 * Decides which packets of one connection reach Hazelcast.
 *
 * <p>Hazelcast deserializes a packet before it asks who sent it. Here, until the peer is known, a packet is read byte by byte
 * and only two kinds pass: a handshake that claims nothing but the address that it comes from, and an operation that
 * shows the name of this cluster, with the hash of the password in it. A peer is known once it has shown the name or
 * was shown it by this node, which asks it to let it in; or if it is or has been a member; or if this node has opened the
 * connection. Used by one thread of Hazelcast.
 */
final class MemberGate extends PacketDecoder {
    /** More than any introduction has. */
    static final int LARGEST_INTRODUCTION = 16_384;

    private static final int HEADER_BYTES = 11;
    private static final int SIZE_OFFSET = 7;

    /** A peer that joins at the same moment as this node may call too early, a few times. */
    private static final int MOST_REFUSALS = 256;

    private final PacketIOHelper packets = new PacketIOHelper();
    private final InternalSerializationService serialization;
    private final UnauthenticatedPeers strangers;
    private final KnownPeers acquaintances;
    private final byte[] clusterName;
    private boolean known;
    private int refusals;

    MemberGate(
            ServerConnection connection,
            Consumer<Packet> hazelcast,
            InternalSerializationService serialization,
            UnauthenticatedPeers strangers,
            KnownPeers acquaintances,
            String clusterName,
            boolean openedHere) {
        super(connection, hazelcast);
        this.serialization = serialization;
        this.strangers = strangers;
        this.acquaintances = acquaintances;
        this.clusterName = clusterName.getBytes(StandardCharsets.UTF_8);
        this.known = openedHere;
    }

    @Override
    public HandlerStatus onRead() {
        src.flip();
        try {
            while (isWhole()) {
                Packet packet = packets.readFrom(src);
                if (packet == null) {
                    break;
                }
                if (isKnown()) {
                    onPacketComplete(packet);
                } else {
                    examine(packet.setConn(connection));
                }
            }
        } catch (ForeignPacketException e) {
            src.position(src.limit());
            strangers.refuse(connection, RefusedJoins.Reason.UNREADABLE, String.valueOf(e.getMessage()));
        } finally {
            compactOrClear(src);
        }
        return HandlerStatus.CLEAN;
    }

    /** A stranger's packet is not begun before all of it is in the buffer, so its length costs nothing. */
    private boolean isWhole() throws ForeignPacketException {
        if (!connection.isAlive()) {
            src.position(src.limit());
        }
        if (!src.hasRemaining() || isKnown()) {
            return src.hasRemaining();
        }
        if (src.get(src.position()) != Packet.VERSION) {
            throw new ForeignPacketException("packet of version=" + src.get(src.position()));
        }
        if (src.remaining() < HEADER_BYTES) {
            return false;
        }
        int size = src.getInt(src.position() + SIZE_OFFSET);
        if (size < 0 || size > LARGEST_INTRODUCTION) {
            throw new ForeignPacketException("packet of size=" + size);
        }
        return src.remaining() >= HEADER_BYTES + size;
    }

    private boolean isKnown() {
        if (!known && (InvitingEncoder.hasInvited(connection) || acquaintances.include(connection))) {
            becomeKnown();
        }
        return known;
    }

    private void becomeKnown() {
        known = true;
        strangers.identified(connection);
    }

    private void examine(Packet packet) throws ForeignPacketException {
        switch (packet.getPacketType()) {
            case SERVER_CONTROL -> {
                check(Introduction.handshake(packet.toByteArray()));
                onPacketComplete(packet);
            }
            case OPERATION -> {
                if (packet.isFlagRaised(Packet.FLAG_OP_RESPONSE) || packet.isFlagRaised(Packet.FLAG_OP_CONTROL)) {
                    countRefusal();
                } else {
                    examine(packet, Introduction.call(packet.toByteArray()));
                }
            }
            default -> countRefusal();
        }
    }

    /** Else Hazelcast would send to a stranger what is for the member whose address it claims. */
    private void check(Introduction.Handshake handshake) throws ForeignPacketException {
        InetAddress source = connection.getInetAddress();
        for (String host : handshake.hosts()) {
            if (!isAddress(host, source)) {
                throw new ForeignPacketException("handshake from " + source.getHostAddress() + " for " + host);
            }
        }
        if (!acquaintances.permit(handshake.uuid(), source)) {
            throw new ForeignPacketException("handshake from " + source.getHostAddress() + " for another member");
        }
    }

    private void examine(Packet packet, Introduction.Call call) throws ForeignPacketException {
        if (connection.getRemoteAddress() == null) {
            throw new ForeignPacketException("operation before a handshake");
        }
        String name = call.clusterName();
        if (name == null) {
            countRefusal();
            ErrorResponse refusal = new ErrorResponse(
                    new CallerNotMemberException("not a member here: " + connection.getRemoteAddress()),
                    call.callId(),
                    packet.isUrgent());
            connection.write(operation(serialization.toBytes(refusal)).raiseFlags(Packet.FLAG_OP_RESPONSE));
        } else if (MessageDigest.isEqual(name.getBytes(StandardCharsets.UTF_8), clusterName)) {
            becomeKnown();
            onPacketComplete(packet);
        } else {
            countRefusal();
            strangers.note(connection, RefusedJoins.Reason.OTHER_CLUSTER, "join request of another cluster");
            // What Hazelcast itself would answer: the other side looks elsewhere.
            connection.write(
                    operation(serialization.toBytes(new ClusterMismatchOp())).raiseFlags(Packet.FLAG_URGENT));
        }
    }

    private void countRefusal() throws ForeignPacketException {
        if (++refusals > MOST_REFUSALS) {
            throw new ForeignPacketException("more than " + MOST_REFUSALS + " packets of one that is not a member");
        }
    }

    private static Packet operation(byte[] payload) {
        return new Packet(payload).setPacketType(Packet.Type.OPERATION);
    }

    /** A host is compared as an address if it is one; no name is looked up, for that may take seconds. */
    private static boolean isAddress(String host, InetAddress source) {
        if (host.equals(source.getHostAddress())) {
            return true;
        }
        if (!host.contains(":")) {
            return false;
        }
        try {
            return InetAddress.getByName(host).equals(source);
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
