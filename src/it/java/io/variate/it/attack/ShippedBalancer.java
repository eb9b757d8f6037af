package io.variate.it.attack;

import io.variate.dev.ServerProcess;
import io.variate.it.harness.JarNode;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** HAProxy with the configuration of {@code cluster/haproxy.cfg}, in which only addresses are other ones. */
final class ShippedBalancer implements AutoCloseable {
    private static final Path CONFIGURATION = Path.of("cluster", "haproxy.cfg");

    private final ServerProcess process;
    private final int port;

    private ShippedBalancer(ServerProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    static boolean isInstalled() {
        return Files.isExecutable(Path.of("/usr/sbin/haproxy"));
    }

    /** Starts it before a node, and waits until it takes connections. */
    static ShippedBalancer before(JarNode node, Path directory) {
        List<Integer> ports = FreePorts.some(2);
        try {
            Files.createDirectories(directory);
            Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration(node, ports));
            ServerProcess process =
                    ServerProcess.start(List.of("/usr/sbin/haproxy", "-f", file.toString()), Map.of(), directory);
            ShippedBalancer balancer = new ShippedBalancer(process, ports.get(0));
            Await.until("HAProxy listens", Duration.ofSeconds(10), balancer::isListening);
            return balancer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String configuration(JarNode node, List<Integer> ports) throws IOException {
        return Files.readAllLines(CONFIGURATION).stream()
                .filter(line -> !line.strip().startsWith("server node-") || line.contains("node-1:8080"))
                .map(line -> line.replace("node-1:8080", "127.0.0.1:" + node.httpPort())
                        .replace("port 8081", "port " + node.adminPort())
                        .replace("bind :8080", "bind 127.0.0.1:" + ports.get(0))
                        .replace("bind :8404", "bind 127.0.0.1:" + ports.get(1)))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    int port() {
        return port;
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
