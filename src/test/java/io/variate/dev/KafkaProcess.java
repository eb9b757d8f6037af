package io.variate.dev;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Kafka broker in a separate JVM, which a test can pause, kill and restart.
 *
 * <p>Port and data stay the same. Single-threaded.
 */
public final class KafkaProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> SMALL = List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final Path directory;
    private final int port;
    private final Map<String, String> settings;
    private ServerProcess process;

    private KafkaProcess(Path directory, int port, Map<String, String> settings) {
        this.directory = directory;
        this.port = port;
        this.settings = settings;
        this.process = launch();
    }

    /**
     * Starts a broker on a free port and returns when it serves requests.
     *
     * @param directory directory of its data and its output
     * @param settings broker settings in Kafka's own names
     */
    public static KafkaProcess start(Path directory, Map<String, String> settings) {
        KafkaProcess kafka = new KafkaProcess(directory, FreePort.pick(), settings);
        kafka.awaitReady();
        return kafka;
    }

    private ServerProcess launch() {
        List<String> arguments = new ArrayList<>(
                List.of(directory.resolve("data").toAbsolutePath().toString(), Integer.toString(port)));
        settings.forEach((name, value) -> arguments.add(name + "=" + value));
        return ServerProcess.start(SMALL, Broker.class.getName(), arguments, Map.of(), directory);
    }

    private void awaitReady() {
        try {
            process.awaitLine("^ready$", PATIENCE);
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
    }

    /** The address for clients, {@code host:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Suspends the broker: connections stay open, but nothing responds. */
    public void pause() {
        process.sendSignal("STOP");
    }

    /** Resumes a suspended broker. */
    public void resume() {
        process.sendSignal("CONT");
    }

    /** Kills the broker and waits for its end. */
    public void kill() {
        process.close();
    }

    /** Stops the broker gracefully, kills it after a timeout, and waits for its end. */
    public void stop() {
        process.sendSignal("TERM");
        process.exitCode(PATIENCE);
    }

    /** Restarts the broker, killing it if it runs; returns when it serves requests. */
    public void restart() {
        kill();
        process = launch();
        awaitReady();
    }

    @Override
    public void close() {
        kill();
    }

    /** The program of the JVM; its arguments are data directory, port and settings. */
    static final class Broker {
        private Broker() {}

        public static void main(String[] arguments) {
            Map<String, String> settings = new HashMap<>();
            for (int i = 2; i < arguments.length; i++) {
                String[] setting = arguments[i].split("=", 2);
                settings.put(setting[0], setting[1]);
            }
            EmbeddedKafka kafka = EmbeddedKafka.start(Path.of(arguments[0]), Integer.parseInt(arguments[1]), settings);
            Runtime.getRuntime().addShutdownHook(new Thread(kafka::close));
            System.out.println("ready");
        }
    }
}
