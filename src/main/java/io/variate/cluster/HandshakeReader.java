package io.variate.cluster;

import com.hazelcast.internal.cluster.impl.ClusterDataSerializerHook;
import io.variate.cluster.PacketReader.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages that a peer sends before it is authenticated, from their bytes, without deserializing objects.
 *
 * <p>Source of the format: the {@code readData} methods of {@code MemberHandshake}, {@code Operation}, {@code
 * JoinMessage} and {@code JoinRequest} of Hazelcast 5.7; HandshakeReaderTest reads messages that
 * Hazelcast writes.
 */
final class HandshakeReader {
    private static final Kind ADDRESS = kind(ClusterDataSerializerHook.ADDRESS);
    private static final Kind HANDSHAKE = kind(ClusterDataSerializerHook.MEMBER_HANDSHAKE);
    private static final Kind MEMBER_VERSION = kind(ClusterDataSerializerHook.MEMBER_VERSION);
    private static final Kind CONFIG_CHECK = kind(ClusterDataSerializerHook.CONFIG_CHECK);

    /** Operations that contain the cluster name, which includes the hash of the password. */
    private static final Set<Kind> WITH_NAME = Set.of(
            kind(ClusterDataSerializerHook.WHOIS_MASTER),
            kind(ClusterDataSerializerHook.JOIN_REQUEST_OP),
            kind(ClusterDataSerializerHook.SPLIT_BRAIN_MERGE_VALIDATION));

    private static final Set<Kind> JOIN_MESSAGES = Set.of(
            kind(ClusterDataSerializerHook.JOIN_MESSAGE),
            kind(ClusterDataSerializerHook.JOIN_REQUEST),
            kind(ClusterDataSerializerHook.SPLIT_BRAIN_JOIN_MESSAGE));

    private static final int CALLER_UUID_SET = 1 << 1;
    private static final int REPLICA_INDEX_SET = 1 << 2;
    private static final int WAIT_TIMEOUT_SET = 1 << 3;
    private static final int PARTITION_ID_32_BIT = 1 << 4;
    private static final int CALL_TIMEOUT_64_BIT = 1 << 5;
    private static final int SERVICE_NAME_SET = 1 << 6;
    private static final int CLIENT_CALL_ID_SET = 1 << 7;

    private static final int FIRST_SCHEMA = 1;
    private static final int VERSION_BYTES = 3;

    private HandshakeReader() {}

    /**
     * The first message on a connection.
     *
     * @param uuid Hazelcast's id of the peer
     * @param hosts hosts of all addresses that the peer claims
     */
    record Handshake(UUID uuid, List<String> hosts) {
        Handshake {
            hosts = List.copyOf(hosts);
        }
    }

    /** Reads a complete handshake, and rejects any additional content. */
    static Handshake handshake(byte[] payload) throws InvalidPacketException {
        PacketReader in = new PacketReader(payload).partitionHash().expect(HANDSHAKE);
        int schema = in.int8();
        if (!in.isNull()) {
            address(in);
        }
        in.bool();
        UUID uuid = in.uuid();
        if (uuid == null) {
            throw new InvalidPacketException("handshake without uuid");
        }
        List<String> hosts = new ArrayList<>();
        for (int protocol = in.count(); protocol > 0; protocol--) {
            in.int32();
            for (int left = in.count(); left > 0; left--) {
                hosts.add(address(in));
            }
        }
        if (schema > FIRST_SCHEMA) {
            for (int left = in.count(); left > 0; left--) {
                in.text();
                in.text();
            }
        }
        in.end();
        if (hosts.isEmpty()) {
            throw new InvalidPacketException("handshake without address");
        }
        return new Handshake(uuid, hosts);
    }

    /**
     * The start of an operation.
     *
     * @param callId correlates the response; 0 if the caller expects none
     * @param clusterName the cluster name in the operation; null if this kind of operation has none
     */
    record Operation(long callId, @Nullable String clusterName) {}

    /** Reads an operation up to the cluster name; Hazelcast reads the rest. */
    static Operation operation(byte[] payload) throws InvalidPacketException {
        PacketReader in = new PacketReader(payload).partitionHash();
        Kind kind = in.kind();
        long callId = in.int64();
        if (!WITH_NAME.contains(kind)) {
            return new Operation(callId, null);
        }
        skipHeader(in);
        Kind message = in.kind();
        if (!JOIN_MESSAGES.contains(message)) {
            throw new InvalidPacketException(message + " instead of a join message");
        }
        in.int8();
        in.int32();
        in.expect(MEMBER_VERSION).skip(VERSION_BYTES);
        address(in);
        in.uuid();
        String name = in.expect(CONFIG_CHECK).text();
        if (name == null) {
            throw new InvalidPacketException("join message without cluster name");
        }
        return new Operation(callId, name);
    }

    private static void skipHeader(PacketReader in) throws InvalidPacketException {
        int flags = in.int16();
        if ((flags & SERVICE_NAME_SET) != 0) {
            in.text();
        }
        in.skip((flags & PARTITION_ID_32_BIT) != 0 ? Integer.BYTES : Short.BYTES);
        if ((flags & REPLICA_INDEX_SET) != 0) {
            in.int8();
        }
        in.skip(Long.BYTES);
        in.skip((flags & CALL_TIMEOUT_64_BIT) != 0 ? Long.BYTES : Integer.BYTES);
        if ((flags & WAIT_TIMEOUT_SET) != 0) {
            in.skip(Long.BYTES);
        }
        if ((flags & CALLER_UUID_SET) != 0) {
            in.uuid();
        }
        if ((flags & CLIENT_CALL_ID_SET) != 0) {
            in.skip(Long.BYTES);
        }
    }

    private static String address(PacketReader in) throws InvalidPacketException {
        in.expect(ADDRESS);
        in.int32();
        in.int8();
        String host = in.text();
        if (host == null) {
            throw new InvalidPacketException("address without host");
        }
        return host;
    }

    private static Kind kind(int id) {
        return new Kind(ClusterDataSerializerHook.F_ID, id);
    }
}
