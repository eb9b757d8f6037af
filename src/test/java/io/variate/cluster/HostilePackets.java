package io.variate.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.config.Config;
import com.hazelcast.instance.ProtocolType;
import com.hazelcast.internal.cluster.Versions;
import com.hazelcast.internal.cluster.impl.ConfigCheck;
import com.hazelcast.internal.cluster.impl.JoinRequest;
import com.hazelcast.internal.cluster.impl.MemberHandshake;
import com.hazelcast.internal.cluster.impl.operations.JoinRequestOp;
import com.hazelcast.internal.nio.Packet;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.security.Credentials;
import com.hazelcast.version.MemberVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Packets with which an attacker can attack the Hazelcast port, as bytes on the wire. */
final class HostilePackets {
    static final InternalSerializationService SERIALIZATION = new DefaultSerializationServiceBuilder().build();

    /** Type ids of Hazelcast for Java serialization, or for classes that the sender chooses. */
    private static final int JAVA = -100;

    private static final int EXTERNALIZABLE = -101;
    private static final int DATA_SERIALIZABLE = -2;
    private static final int HASH_SET = -37;

    private HostilePackets() {}

    /** A packet of a type, with a serialized object as payload. */
    static byte[] packet(Packet.Type type, int flags, byte[] payload) {
        Packet packet = new Packet(payload).setPacketType(type).raiseFlags(flags);
        return ByteBuffer.allocate(11 + payload.length)
                .put(Packet.VERSION)
                .putChar(packet.getFlags())
                .putInt(-1)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    static byte[] operation(byte[] payload) {
        return packet(Packet.Type.OPERATION, 0, payload);
    }

    static byte[] handshake(UUID uuid, String host) {
        try {
            Address address = new Address(host, 5_999);
            return packet(
                    Packet.Type.SERVER_CONTROL,
                    0,
                    SERIALIZATION.toBytes(new MemberHandshake(
                                    MemberHandshake.SCHEMA_VERSION_2,
                                    Map.of(ProtocolType.MEMBER, List.of(address)),
                                    address,
                                    true,
                                    uuid)
                            .addOption(MemberHandshake.OPTION_PLANE_COUNT, 1)
                            .addOption(MemberHandshake.OPTION_PLANE_INDEX, 0)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] joinRequest(String clusterName, @Nullable Credentials credentials) {
        return operation(joinPayload(clusterName, credentials));
    }

    static byte[] joinPayload(String clusterName, @Nullable Credentials credentials) {
        try {
            Address address = new Address("127.0.0.1", 5_999);
            MemberImpl member = new MemberImpl.Builder(address)
                    .uuid(UUID.randomUUID())
                    .version(MemberVersion.of(5, 7, 0))
                    .build();
            JoinRequest request = new JoinRequest(
                    1,
                    MemberVersion.of(5, 7, 0),
                    address,
                    member,
                    new ConfigCheck(new Config().setClusterName(clusterName), "tcp-ip"),
                    credentials,
                    Set.of(),
                    null,
                    null,
                    Set.of(Versions.V5_7));
            return SERIALIZATION.toBytes(new JoinRequestOp(request));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Payloads of malicious operations, by description. */
    static Map<String, byte[]> operations() {
        Map<String, byte[]> all = new HashMap<>();
        all.put("a set whose hash needs 2^100 steps", java(hashBomb()));
        all.put("a map whose keys have the same hash", java(collisions()));
        all.put("nested arrays", java(nestedArrays(300)));
        all.put("an array that announces two billion numbers", java(hugeArray()));
        all.put("an Externalizable class", object(EXTERNALIZABLE, text("javax.swing.plaf.metal.MetalTheme")));
        all.put(
                "a class identified by its name",
                object(DATA_SERIALIZABLE, new byte[] {0}, text("java.io.PipedInputStream")));
        all.put("nested sets in Hazelcast's format", nestedSets(1_500));
        all.put("a string that announces two gigabytes", object(-11, number(Integer.MAX_VALUE)));
        all.put("a truncated operation", Arrays.copyOf(joinPayload("other", null), 40));
        all.put("a join request of another cluster with a hash bomb", joinPayload("other", new Bomb(hashBomb())));
        return all;
    }

    /** Unsolicited credentials. */
    record Bomb(Object content) implements Credentials {
        @Override
        public String getName() {
            return "bomb";
        }
    }

    /** 2.3 KB that need 2^100 steps to deserialize. */
    static Set<Object> hashBomb() {
        HashSet<Object> root = new HashSet<>();
        HashSet<Object> one = root;
        HashSet<Object> two = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            HashSet<Object> left = new HashSet<>();
            HashSet<Object> right = new HashSet<>();
            left.add("x");
            one.add(left);
            one.add(right);
            two.add(left);
            two.add(right);
            one = left;
            two = right;
        }
        return root;
    }

    private static Object collisions() {
        Map<String, Integer> map = new HashMap<>();
        for (int i = 0; i < 512; i++) {
            StringBuilder key = new StringBuilder();
            for (int bit = 0; bit < 9; bit++) {
                key.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            map.put(key.toString(), i);
        }
        return map;
    }

    private static Object nestedArrays(int depth) {
        Object[] outer = {};
        for (int i = 0; i < depth; i++) {
            outer = new Object[] {outer};
        }
        return outer;
    }

    /** The length precedes the four numbers. */
    private static byte[] hugeArray() {
        byte[] bytes = serialized(new int[4]);
        ByteBuffer.wrap(bytes).putInt(bytes.length - 5 * Integer.BYTES, Integer.MAX_VALUE - 8);
        return bytes;
    }

    private static byte[] nestedSets(int depth) {
        ByteBuffer bytes = ByteBuffer.allocate(depth * 8 + 4).putInt(0);
        for (int i = 0; i < depth; i++) {
            bytes.putInt(HASH_SET).putInt(1);
        }
        return bytes.array();
    }

    private static byte[] java(Object object) {
        return java(serialized(object));
    }

    private static byte[] java(byte[] serialized) {
        return object(JAVA, serialized);
    }

    private static byte[] serialized(Object object) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] object(int type, byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(number(0));
        bytes.writeBytes(number(type));
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static byte[] number(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }
}
