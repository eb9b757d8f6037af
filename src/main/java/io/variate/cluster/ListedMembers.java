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
 * Discovers the nodes of {@code cluster.members} for Hazelcast. Thread-safe; blocks for name resolution and at most
 * {@value #CONNECT_MILLIS} ms more.
 *
 * <p>With Hazelcast's own member list, a node that starts while all others are down waits for a second if they refuse
 * connections, and for five if they do not respond. Here, the first discovery returns only nodes that accept a connection,
 * so the first node of a cluster starts at once. Two nodes that start at the same time still find each other, because each
 * listens before it discovers. Later discoveries, which heal splits, return all nodes.
 */
final class ListedMembers implements DiscoveryService {
    private static final Logger LOG = LoggerFactory.getLogger(ListedMembers.class);
    private static final int CONNECT_MILLIS = 1_000;

    private final List<String> members;
    private final int defaultPort;
    private boolean discovered;

    /**
     * Creates a discovery of these members.
     *
     * @param members {@code host} or {@code host:port}; each address of a name is a member
     * @param defaultPort port of members without one
     */
    ListedMembers(List<String> members, int defaultPort) {
        this.members = List.copyOf(members);
        this.defaultPort = defaultPort;
    }

    @Override
    public synchronized Iterable<DiscoveryNode> discoverNodes() {
        List<Address> all =
                members.stream().flatMap(this::addressesOf).distinct().toList();
        List<Address> found = discovered ? all : listening(all);
        discovered = true;
        return found.stream().<DiscoveryNode>map(SimpleDiscoveryNode::new).toList();
    }

    private Stream<Address> addressesOf(String member) {
        int colon = member.lastIndexOf(':');
        String host = colon < 0 ? member : member.substring(0, colon);
        int port = colon < 0 ? defaultPort : Integer.parseInt(member.substring(colon + 1));
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).map(address -> new Address(address, port));
        } catch (UnknownHostException e) {
            // The name of a stopped container does not resolve.
            if (!discovered) {
                LOG.warn("cannot resolve cluster member, ignoring it for now: host={}", host);
            }
            return Stream.empty();
        }
    }

    private static List<Address> listening(List<Address> addresses) {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<CompletableFuture<Stream<Address>>> results = addresses.stream()
                    .map(address -> CompletableFuture.supplyAsync(() -> ifListening(address), threads))
                    .toList();
            return results.stream().flatMap(CompletableFuture::join).toList();
        } finally {
            threads.shutdown();
        }
    }

    private static Stream<Address> ifListening(Address address) {
        try (Socket socket = new Socket()) {
            socket.connect(address.getInetSocketAddress(), CONNECT_MILLIS);
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
