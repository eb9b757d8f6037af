package io.variate.it.harness;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Machines on a private network that can be unplugged from it: network namespaces on a kernel bridge.
 *
 * <p>Each has a second link to the test, which is never unplugged. Needs root.
 */
public final class Lan implements AutoCloseable {
    /** Interface names have fifteen characters at most, and are shared by all tests of this machine. */
    private static final String NAME = "vl" + ProcessHandle.current().pid() % 100_000;

    /** Of the range that is set aside for tests of networks. */
    private static final String SUBNET = "198.18." + ProcessHandle.current().pid() % 250;

    private static final String LINES = "198.19." + ProcessHandle.current().pid() % 250;

    private final List<Machine> machines;

    private Lan(int count) {
        ip("link", "add", NAME, "type", "bridge");
        ip("link", "set", NAME, "up");
        this.machines = IntStream.range(0, count).mapToObj(Machine::new).toList();
        machines.forEach(Machine::start);
    }

    /** Creates a network. Skips the test without the privileges, or fails it if CI is set. */
    public static Lan of(int machines) {
        boolean possible = tries("link", "add", NAME + "t", "type", "bridge")
                && tries("link", "del", NAME + "t")
                && tries("netns", "add", NAME + "t")
                && tries("netns", "del", NAME + "t");
        if (System.getenv("CI") == null) {
            assumeTrue(possible, "network namespaces need root");
        } else if (!possible) {
            throw new AssertionError("network namespaces cannot be made here");
        }
        return new Lan(machines);
    }

    public Machine machine(int number) {
        return machines.get(number);
    }

    @Override
    public void close() {
        machines.forEach(Machine::close);
        ip("link", "del", NAME);
    }

    /** One machine. */
    public static final class Machine {
        private final int number;
        private final String namespace;
        private final String port;
        private final String line;

        private Machine(int number) {
            this.number = number;
            this.namespace = NAME + "n" + number;
            this.port = NAME + "p" + number;
            this.line = NAME + "l" + number;
        }

        /** Its address on the network. */
        public String address() {
            return SUBNET + "." + (number + 1);
        }

        /** Its address for the test. */
        public String outside() {
            return LINES + "." + (4 * number + 2);
        }

        /** The address of the test for it. */
        public String test() {
            return LINES + "." + (4 * number + 1);
        }

        /** A program as it is started on it. */
        public List<String> command(List<String> program) {
            return Stream.concat(Stream.of("ip", "netns", "exec", namespace), program.stream())
                    .toList();
        }

        /** Cuts the machine off from the network in both directions. */
        public void unplug() {
            ip("link", "set", port, "nomaster");
        }

        public void plugIn() {
            ip("link", "set", port, "master", NAME);
        }

        private void start() {
            ip("netns", "add", namespace);
            ip("-n", namespace, "link", "set", "lo", "up");
            ip("link", "add", port, "type", "veth", "peer", "name", "lan", "netns", namespace);
            ip("-n", namespace, "addr", "add", address() + "/24", "dev", "lan");
            ip("-n", namespace, "link", "set", "lan", "up");
            ip("link", "set", port, "up");
            plugIn();
            ip("link", "add", line, "type", "veth", "peer", "name", "line", "netns", namespace);
            ip("-n", namespace, "addr", "add", outside() + "/30", "dev", "line");
            ip("-n", namespace, "link", "set", "line", "up");
            ip("addr", "add", test() + "/30", "dev", line);
            ip("link", "set", line, "up");
        }

        private void close() {
            // Takes its interfaces along, and with them their other ends.
            ip("netns", "del", namespace);
        }
    }

    private static void ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        String output = run(command);
        if (!output.isEmpty()) {
            throw new AssertionError(String.join(" ", command) + ": " + output);
        }
    }

    private static boolean tries(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        try {
            return run(command).isEmpty();
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** The output of a failed command, or nothing. */
    private static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "does not end";
            }
            return process.exitValue() == 0 ? "" : "status " + process.exitValue() + " " + output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
