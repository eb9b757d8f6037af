package io.variate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.Address;
import com.hazelcast.spi.discovery.DiscoveryNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ListedMembersTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @SuppressWarnings("NullAway.Init")
    private ServerSocket listening;

    private int closedPort;

    @BeforeEach
    void listen() throws IOException {
        listening = new ServerSocket(0, 1, HERE);
        try (ServerSocket closed = new ServerSocket(0, 1, HERE)) {
            closedPort = closed.getLocalPort();
        }
    }

    @AfterEach
    void close() throws IOException {
        listening.close();
    }

    @Test
    void theFirstDiscoveryReturnsListeningMembers() {
        ListedMembers members = new ListedMembers(
                List.of("127.0.0.1:" + closedPort, "127.0.0.1:" + listening.getLocalPort()), closedPort);
        assertThat(discover(members)).containsExactly(address(listening.getLocalPort()));
    }

    @Test
    void laterDiscoveriesReturnAllMembers() {
        ListedMembers members =
                new ListedMembers(List.of("127.0.0.1", "127.0.0.1:" + listening.getLocalPort()), closedPort);
        discover(members);
        assertThat(discover(members)).containsExactly(address(closedPort), address(listening.getLocalPort()));
    }

    @Test
    void ignoresNamesThatDoNotResolve() {
        ListedMembers members = new ListedMembers(List.of("nobody.invalid", "localhost"), listening.getLocalPort());
        assertThat(discover(members)).contains(address(listening.getLocalPort()));
    }

    private static Address address(int port) {
        return new Address(HERE, port);
    }

    private static List<Address> discover(ListedMembers members) {
        return StreamSupport.stream(members.discoverNodes().spliterator(), false)
                .map(DiscoveryNode::getPrivateAddress)
                .toList();
    }
}
