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
 * Filters the packets of one connection until its peer is authenticated.
 *
 * <p>Hazelcast deserializes a packet before it checks the sender. This gate parses packets without deserializing them, and
 * passes only two kinds: a handshake that claims only the address that it comes from, and an operation that contains the
 * name of this cluster, which includes the hash of the password. A peer is authenticated if one of these holds:
 *
 * <ul>
 *   <li>it has sent the cluster name;
 *   <li>this node has sent it a join request;
 *   <li>it is or was a member;
 *   <li>this node has opened the connection.
 * </ul>
 *
 * <p>Used by one thread of Hazelcast.
 */
final class MemberGate extends PacketDecoder {
    /** More than any handshake or join request needs. */
    static final int MAX_HANDSHAKE_BYTES = 16_384;

    private static final int HEADER_BYTES = 11;
    private static final int SIZE_OFFSET = 7;

    /** Allows for a few early calls of a peer that joins at the same time as this node. */
    private static final int MAX_REJECTIONS = 256;

    private final PacketIOHelper packets = new PacketIOHelper();
    private final InternalSerializationService serialization;
    private final UnauthenticatedPeers unauthenticated;
    private final KnownPeers knownPeers;
    private final byte[] clusterName;
    private boolean authenticated;
    private int rejections;

    MemberGate(
            ServerConnection connection,
            Consumer<Packet> hazelcast,
            InternalSerializationService serialization,
            UnauthenticatedPeers unauthenticated,
            KnownPeers knownPeers,
            String clusterName,
            boolean openedHere) {
        super(connection, hazelcast);
        this.serialization = serialization;
        this.unauthenticated = unauthenticated;
        this.knownPeers = knownPeers;
        this.clusterName = clusterName.getBytes(StandardCharsets.UTF_8);
        this.authenticated = openedHere;
    }

    @Override
    public HandlerStatus onRead() {
        src.flip();
        try {
            while (hasCompletePacket()) {
                Packet packet = packets.readFrom(src);
                if (packet == null) {
                    break;
                }
                if (isAuthenticated()) {
                    onPacketComplete(packet);
                } else {
                    examine(packet.setConn(connection));
                }
            }
        } catch (InvalidPacketException e) {
            src.position(src.limit());
            unauthenticated.reject(connection, RefusedJoins.Reason.UNREADABLE, String.valueOf(e.getMessage()));
        } finally {
            compactOrClear(src);
        }
        return HandlerStatus.CLEAN;
    }

    /** Waits until a packet is completely in the buffer, so that an announced length allocates nothing. */
    private boolean hasCompletePacket() throws InvalidPacketException {
        if (!connection.isAlive()) {
            src.position(src.limit());
        }
        if (!src.hasRemaining() || isAuthenticated()) {
            return src.hasRemaining();
        }
        if (src.get(src.position()) != Packet.VERSION) {
            throw new InvalidPacketException("packet of version=" + src.get(src.position()));
        }
        if (src.remaining() < HEADER_BYTES) {
            return false;
        }
        int size = src.getInt(src.position() + SIZE_OFFSET);
        if (size < 0 || size > MAX_HANDSHAKE_BYTES) {
            throw new InvalidPacketException("packet of size=" + size);
        }
        return src.remaining() >= HEADER_BYTES + size;
    }

    private boolean isAuthenticated() {
        if (!authenticated && (JoinTrackingEncoder.hasSentJoinRequest(connection) || knownPeers.contains(connection))) {
            authenticate();
        }
        return authenticated;
    }

    private void authenticate() {
        authenticated = true;
        unauthenticated.remove(connection);
    }

    private void examine(Packet packet) throws InvalidPacketException {
        switch (packet.getPacketType()) {
            case SERVER_CONTROL -> {
                check(HandshakeReader.handshake(packet.toByteArray()));
                onPacketComplete(packet);
            }
            case OPERATION -> {
                if (packet.isFlagRaised(Packet.FLAG_OP_RESPONSE) || packet.isFlagRaised(Packet.FLAG_OP_CONTROL)) {
                    countRejection();
                } else {
                    examine(packet, HandshakeReader.operation(packet.toByteArray()));
                }
            }
            default -> countRejection();
        }
    }

    /** Otherwise Hazelcast would send data to this peer that is for the member whose address it claims. */
    private void check(HandshakeReader.Handshake handshake) throws InvalidPacketException {
        InetAddress source = connection.getInetAddress();
        for (String host : handshake.hosts()) {
            if (!isAddress(host, source)) {
                throw new InvalidPacketException("handshake from " + source.getHostAddress() + " claims " + host);
            }
        }
        if (!knownPeers.permits(handshake.uuid(), source)) {
            throw new InvalidPacketException(
                    "handshake from " + source.getHostAddress() + " claims the id of another member");
        }
    }

    private void examine(Packet packet, HandshakeReader.Operation operation) throws InvalidPacketException {
        if (connection.getRemoteAddress() == null) {
            throw new InvalidPacketException("operation before a handshake");
        }
        String name = operation.clusterName();
        if (name == null) {
            countRejection();
            ErrorResponse rejection = new ErrorResponse(
                    new CallerNotMemberException("not a member here: " + connection.getRemoteAddress()),
                    operation.callId(),
                    packet.isUrgent());
            connection.write(operation(serialization.toBytes(rejection)).raiseFlags(Packet.FLAG_OP_RESPONSE));
        } else if (MessageDigest.isEqual(name.getBytes(StandardCharsets.UTF_8), clusterName)) {
            authenticate();
            onPacketComplete(packet);
        } else {
            countRejection();
            unauthenticated.count(connection, RefusedJoins.Reason.OTHER_CLUSTER, "join request of another cluster");
            // The response of Hazelcast itself: the peer then tries other nodes.
            connection.write(
                    operation(serialization.toBytes(new ClusterMismatchOp())).raiseFlags(Packet.FLAG_URGENT));
        }
    }

    private void countRejection() throws InvalidPacketException {
        if (++rejections > MAX_REJECTIONS) {
            throw new InvalidPacketException(
                    "more than " + MAX_REJECTIONS + " packets from a peer that is not a member");
        }
    }

    private static Packet operation(byte[] payload) {
        return new Packet(payload).setPacketType(Packet.Type.OPERATION);
    }

    /** Compares addresses without resolving names, which may take seconds. */
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
