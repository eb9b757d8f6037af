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
    private ServerSocket present;

    private int away;

    @BeforeEach
    void listen() throws IOException {
        present = new ServerSocket(0, 1, HERE);
        try (ServerSocket closed = new ServerSocket(0, 1, HERE)) {
            away = closed.getLocalPort();
        }
    }

    @AfterEach
    void close() throws IOException {
        present.close();
    }

    @Test
    void aNodeThatStartsIsToldOfMembersThatListen() {
        ListedMembers members =
                new ListedMembers(List.of("127.0.0.1:" + away, "127.0.0.1:" + present.getLocalPort()), away);
        assertThat(ask(members)).containsExactly(address(present.getLocalPort()));
    }

    @Test
    void aNodeThatRunsIsToldOfAllMembers() {
        ListedMembers members = new ListedMembers(List.of("127.0.0.1", "127.0.0.1:" + present.getLocalPort()), away);
        ask(members);
        assertThat(ask(members)).containsExactly(address(away), address(present.getLocalPort()));
    }

    @Test
    void aNameIsLookedUpEachTimeAndOneThatNobodyKnowsIsNoMember() {
        ListedMembers members = new ListedMembers(List.of("nobody.invalid", "localhost"), present.getLocalPort());
        assertThat(ask(members)).contains(address(present.getLocalPort()));
    }

    private static Address address(int port) {
        return new Address(HERE, port);
    }

    private static List<Address> ask(ListedMembers members) {
        return StreamSupport.stream(members.discoverNodes().spliterator(), false)
                .map(DiscoveryNode::getPrivateAddress)
                .toList();
    }
}
