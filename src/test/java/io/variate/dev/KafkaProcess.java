package io.variate.dev;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A real Kafka broker in a JVM of its own, to be paused, killed and started again by a test.
 *
 * <p>Port and data stay the same through all of that. For use by one thread.
 */
public final class KafkaProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> SMALL = List.of("-Xmx384m", "-XX:+UseSerialGC");

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
     * @param directory for its data and its output
     * @param settings of the broker, in Kafka's own names
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

    /** Where clients connect, as {@code host:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Suspends it: connections stay open and nothing answers. */
    public void pause() {
        process.sendSignal("STOP");
    }

    /** Ends a pause. */
    public void resume() {
        process.sendSignal("CONT");
    }

    /** Kills it and waits until it is gone. */
    public void kill() {
        process.close();
    }

    /** Stops it in order, as far as it manages in some seconds, and waits until it is gone. */
    public void stop() {
        process.sendSignal("TERM");
        process.exitCode(PATIENCE);
    }

    /** Starts it again, killing it if it still runs, and returns when it serves requests. */
    public void restart() {
        kill();
        process = launch();
        awaitReady();
    }

    @Override
    public void close() {
        kill();
    }

    /** The program: data directory, port, settings. */
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
