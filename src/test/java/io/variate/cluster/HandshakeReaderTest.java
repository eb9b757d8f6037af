package io.variate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.Config;
import com.hazelcast.internal.cluster.Versions;
import com.hazelcast.internal.cluster.impl.ConfigCheck;
import com.hazelcast.internal.cluster.impl.JoinMessage;
import com.hazelcast.internal.cluster.impl.SplitBrainJoinMessage;
import com.hazelcast.internal.cluster.impl.operations.ClusterMismatchOp;
import com.hazelcast.internal.cluster.impl.operations.SplitBrainMergeValidationOp;
import com.hazelcast.internal.cluster.impl.operations.WhoisMasterOp;
import com.hazelcast.version.MemberVersion;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Reads messages that Hazelcast serialized. */
class HandshakeReaderTest {
    private static final String NAME = "variate@us#0123";
    private static final MemberVersion VERSION = MemberVersion.of(5, 7, 0);
    private static final int HEADER = 11;

    @Test
    void readsAHandshake() throws Exception {
        UUID uuid = UUID.randomUUID();
        HandshakeReader.Handshake handshake =
                HandshakeReader.handshake(payload(HostilePackets.handshake(uuid, "10.1.2.3")));

        assertThat(handshake).isEqualTo(new HandshakeReader.Handshake(uuid, List.of("10.1.2.3")));
    }

    @Test
    void readsTheClusterNameOfJoinOperations() throws Exception {
        ConfigCheck check = new ConfigCheck(new Config().setClusterName(NAME), "tcp-ip");
        Address address = new Address("127.0.0.1", 5_701);
        UUID uuid = UUID.randomUUID();
        byte[] whoIsMaster = HostilePackets.SERIALIZATION.toBytes(
                new WhoisMasterOp(new JoinMessage(1, VERSION, address, uuid, false, check)));
        byte[] splitBrain = HostilePackets.SERIALIZATION.toBytes(new SplitBrainMergeValidationOp(
                new SplitBrainJoinMessage(1, VERSION, address, uuid, false, check, Set.of(), 1, Versions.V5_7, 3)));

        assertThat(HandshakeReader.operation(whoIsMaster).clusterName()).isEqualTo(NAME);
        assertThat(HandshakeReader.operation(splitBrain).clusterName()).isEqualTo(NAME);
        assertThat(HandshakeReader.operation(HostilePackets.joinPayload(NAME, null))
                        .clusterName())
                .isEqualTo(NAME);
    }

    @Test
    void findsNoClusterNameInOtherOperations() throws Exception {
        byte[] mismatch = HostilePackets.SERIALIZATION.toBytes(new ClusterMismatchOp());

        assertThat(HandshakeReader.operation(mismatch)).isEqualTo(new HandshakeReader.Operation(0, null));
    }

    @Test
    void rejectsATruncatedHandshake() {
        byte[] whole = payload(HostilePackets.handshake(UUID.randomUUID(), "10.1.2.3"));
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> HandshakeReader.handshake(part)).isInstanceOf(InvalidPacketException.class);
        }
    }

    @Test
    void allocatesNothingForAnAnnouncedCount() {
        byte[] payload = payload(HostilePackets.handshake(UUID.randomUUID(), "10.1.2.3"));
        for (int at = 0; at + 4 <= payload.length; at++) {
            byte[] bad = payload.clone();
            Arrays.fill(bad, at, at + 4, (byte) 0x7f);
            try {
                HandshakeReader.handshake(bad);
            } catch (InvalidPacketException e) {
                assertThat(e).hasMessageNotContaining("java.");
            }
        }
    }

    private static byte[] payload(byte[] packet) {
        return Arrays.copyOfRange(packet, HEADER, packet.length);
    }
}
