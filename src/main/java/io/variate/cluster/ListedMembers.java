package io.variate.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import com.hazelcast.spi.discovery.integration.DiscoveryService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes that the settings list, for Hazelcast to join; thread-safe, blocks for as long as looking up their names and
 * {@value #PATIENCE_MILLIS} milliseconds at most.
 *
 * <p>Hazelcast's own list lets a node that starts while the others are away wait for a second after they have refused it,
 * and for five if they are silent. Here the first question is answered with the nodes that accept a connection, so a node
 * that is the first one starts at once. Two nodes that start together do not miss each other: each listens before it asks,
 * so the later one finds the earlier. Every further question, when a split may have healed, is answered with all.
 */
final class ListedMembers implements DiscoveryService {
    private static final Logger LOG = LoggerFactory.getLogger(ListedMembers.class);
    private static final int PATIENCE_MILLIS = 1_000;

    private final List<String> members;
    private final int standardPort;
    private boolean asked;

    /**
     * Lists members.
     *
     * @param members {@code host} or {@code host:port}; each address that a name has is a member
     * @param standardPort of those without
     */
    ListedMembers(List<String> members, int standardPort) {
        this.members = List.copyOf(members);
        this.standardPort = standardPort;
    }

    @Override
    public synchronized Iterable<DiscoveryNode> discoverNodes() {
        List<Address> all =
                members.stream().flatMap(this::addressesOf).distinct().toList();
        List<Address> found = asked ? all : listening(all);
        asked = true;
        return found.stream().<DiscoveryNode>map(SimpleDiscoveryNode::new).toList();
    }

    private Stream<Address> addressesOf(String member) {
        int colon = member.lastIndexOf(':');
        String host = colon < 0 ? member : member.substring(0, colon);
        int port = colon < 0 ? standardPort : Integer.parseInt(member.substring(colon + 1));
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).map(address -> new Address(address, port));
        } catch (UnknownHostException e) {
            // A container that is stopped has no name in its network.
            if (!asked) {
                LOG.warn("{} of cluster.members has no address now", host);
            }
            return Stream.empty();
        }
    }

    private static List<Address> listening(List<Address> addresses) {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<CompletableFuture<Stream<Address>>> answers = addresses.stream()
                    .map(address -> CompletableFuture.supplyAsync(() -> ifListening(address), threads))
                    .toList();
            return answers.stream().flatMap(CompletableFuture::join).toList();
        } finally {
            threads.shutdown();
        }
    }

    private static Stream<Address> ifListening(Address address) {
        try (Socket socket = new Socket()) {
            socket.connect(address.getInetSocketAddress(), PATIENCE_MILLIS);
            return Stream.of(address);
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    @Override
    public void start() {}

    @Override
    public void destroy() {}

    @Override
    public Map<String, String> discoverLocalMetadata() {
        return Map.of();
    }
}
