package io.variate.cluster;

import com.hazelcast.internal.cluster.impl.ClusterDataSerializerHook;
import io.variate.cluster.PacketReader.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a peer says of itself before it is known, read from the bytes without deserializing them.
 *
 * <p>Source of the layout: the {@code readData} methods of {@code MemberHandshake}, {@code Operation}, {@code
 * JoinMessage} and {@code JoinRequest} of Hazelcast 5.7; IntroductionTest reads what Hazelcast writes.
 */
final class Introduction {
    private static final Kind ADDRESS = kind(ClusterDataSerializerHook.ADDRESS);
    private static final Kind HANDSHAKE = kind(ClusterDataSerializerHook.MEMBER_HANDSHAKE);
    private static final Kind MEMBER_VERSION = kind(ClusterDataSerializerHook.MEMBER_VERSION);
    private static final Kind CONFIG_CHECK = kind(ClusterDataSerializerHook.CONFIG_CHECK);

    /** Operations that show the name of the cluster, which the hash of the password is part of. */
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

    private Introduction() {}

    /**
     * The first message on a connection.
     *
     * @param uuid what Hazelcast calls the peer
     * @param hosts of all addresses at which it says it can be reached
     */
    record Handshake(UUID uuid, List<String> hosts) {
        Handshake {
            hosts = List.copyOf(hosts);
        }
    }

    /** Reads a handshake as a whole: what is accepted here holds nothing else. */
    static Handshake handshake(byte[] payload) throws ForeignPacketException {
        PacketReader in = new PacketReader(payload).partitionHash().expect(HANDSHAKE);
        int schema = in.octet();
        if (!in.isNull()) {
            address(in);
        }
        in.flag();
        UUID uuid = in.uuid();
        if (uuid == null) {
            throw new ForeignPacketException("handshake without uuid");
        }
        List<String> hosts = new ArrayList<>();
        for (int protocol = in.count(); protocol > 0; protocol--) {
            in.number();
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
            throw new ForeignPacketException("handshake without address");
        }
        return new Handshake(uuid, hosts);
    }

    /**
     * The start of an operation.
     *
     * @param callId what its caller finds the answer by; 0 if it waits for none
     * @param clusterName the name that it shows; null if it is of a kind that shows none
     */
    record Call(long callId, @Nullable String clusterName) {}

    /** Reads an operation as far as the name of the cluster; what follows is left to Hazelcast. */
    static Call call(byte[] payload) throws ForeignPacketException {
        PacketReader in = new PacketReader(payload).partitionHash();
        Kind operation = in.kind();
        long callId = in.large();
        if (!WITH_NAME.contains(operation)) {
            return new Call(callId, null);
        }
        skipHeader(in);
        Kind message = in.kind();
        if (!JOIN_MESSAGES.contains(message)) {
            throw new ForeignPacketException(message + " in place of a join message");
        }
        in.octet();
        in.number();
        in.expect(MEMBER_VERSION).skip(VERSION_BYTES);
        address(in);
        in.uuid();
        String name = in.expect(CONFIG_CHECK).text();
        if (name == null) {
            throw new ForeignPacketException("join message without the name of a cluster");
        }
        return new Call(callId, name);
    }

    private static void skipHeader(PacketReader in) throws ForeignPacketException {
        int flags = in.half();
        if ((flags & SERVICE_NAME_SET) != 0) {
            in.text();
        }
        in.skip((flags & PARTITION_ID_32_BIT) != 0 ? Integer.BYTES : Short.BYTES);
        if ((flags & REPLICA_INDEX_SET) != 0) {
            in.octet();
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

    private static String address(PacketReader in) throws ForeignPacketException {
        in.expect(ADDRESS);
        in.number();
        in.octet();
        String host = in.text();
        if (host == null) {
            throw new ForeignPacketException("address without host");
        }
        return host;
    }

    private static Kind kind(int id) {
        return new Kind(ClusterDataSerializerHook.F_ID, id);
    }
}
