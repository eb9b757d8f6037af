package io.variate.it.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.MountedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HAProxy with {@code cluster/haproxy.cfg}, in which only addresses are replaced. Where it is not installed the test is
 * skipped, unless the environment says {@code CI=true}: there it fails.
 */
public final class ShippedBalancer implements AutoCloseable {
    private static final Path CONFIGURATION = Path.of("cluster", "haproxy.cfg");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Process process;
    private final int port;

    private ShippedBalancer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Balances one node. */
    public static ShippedBalancer before(Path directory, JarNode node) {
        return start(directory, node.httpPort(), node.adminPort(), UnaryOperator.identity());
    }

    /** Balances a node at some ports, which need not be there, with more changes to the configuration that results. */
    public static ShippedBalancer start(Path directory, int httpPort, int adminPort, UnaryOperator<String> changes) {
        boolean installed = MountedDisk.run("haproxy", "-v");
        if ("true".equals(System.getenv("CI"))) {
            assertThat(installed).as("CI has HAProxy").isTrue();
        }
        assumeTrue(installed, "HAProxy is not installed");
        List<Integer> ports = FreePorts.some(2);
        try {
            String shipped = Files.readString(CONFIGURATION);
            String own = changes.apply(
                    shipped.replace("node-1:8080 check port 8081", "127.0.0.1:" + httpPort + " check port " + adminPort)
                            .replaceAll("(?m)^ *server node-[23] .*$", "")
                            .replace("bind :8080", "bind 127.0.0.1:" + ports.get(0))
                            .replace("bind :8404", "bind 127.0.0.1:" + ports.get(1)));
            Files.createDirectories(directory);
            Path file = Files.writeString(directory.resolve("haproxy-" + ports.get(0) + ".cfg"), own);
            Process process = new ProcessBuilder("haproxy", "-db", "-f", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("haproxy.log").toFile())
                    .start();
            ShippedBalancer balancer = new ShippedBalancer(process, ports.get(0));
            Await.until("HAProxy listens", JarNode.START, balancer::isListening);
            return balancer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    private boolean isListening() {
        assertThat(process.isAlive()).as("HAProxy runs").isTrue();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Bytes of memory that it has. */
    public long residentBytes() {
        try {
            Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc", "" + process.pid(), "status")));
            assertThat(resident.find()).isTrue();
            return Long.parseLong(resident.group(1)) * 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
