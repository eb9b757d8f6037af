package io.variate.dev;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka broker and its controller in this JVM, on the loopback interface.
 *
 * <p>All its data is in the data directory, which survives {@link #stop()}, {@link #close()} and a crash of the JVM. A
 * broker that cannot write its metadata halts the whole JVM, as Kafka always does.
 *
 * <p>Thread-safe; starting and stopping exclude each other.
 */
public final class EmbeddedKafka implements AutoCloseable {

    private static final int NODE_ID = 1;
    private static final String CLIENTS = "CLIENTS";
    private static final String CONTROLLER = "CONTROLLER";

    private final Path dataDir;
    private final int port;
    private final Map<String, String> settings;
    private final DirectoryLock lock;
    private @Nullable KafkaRaftServer server;

    private EmbeddedKafka(Path dataDir, int port, Map<String, String> settings, DirectoryLock lock) {
        this.dataDir = dataDir;
        this.port = port;
        this.settings = settings;
        this.lock = lock;
    }

    /**
     * Starts a broker with the data of the directory, which is created and formatted if it is new. Returns when the broker
     * serves requests.
     *
     * @param port the port to listen on; 0 for a free one, which stays the same after restarts
     * @throws IllegalStateException if the port or the directory is in use, or if the broker cannot start; then nothing is
     *     left running
     */
    public static EmbeddedKafka start(Path dataDir, int port) {
        return start(dataDir, port, Map.of());
    }

    /**
     * Like {@link #start(Path, int)}.
     *
     * @param settings broker settings in Kafka's own names; the settings of this class override them
     */
    public static EmbeddedKafka start(Path dataDir, int port, Map<String, String> settings) {
        QuietLoggers.quieten(Level.ERROR, "kafka", "org.apache.kafka", "state.change.logger");
        DirectoryLock lock = DirectoryLock.take(dataDir);
        EmbeddedKafka kafka = new EmbeddedKafka(dataDir.toAbsolutePath(), FreePort.orPick(port), settings, lock);
        try {
            kafka.boot();
        } catch (RuntimeException e) {
            kafka.close();
            throw e;
        }
        return kafka;
    }

    /** The address for clients, {@code host:port}; it stays the same during and after an outage. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Stops the broker; clients see an outage until {@link #restart()}. Does nothing if it is stopped. */
    public synchronized void stop() {
        if (server != null) {
            KafkaRaftServer stopping = server;
            server = null;
            stopping.shutdown();
            stopping.awaitShutdown();
        }
    }

    /** Starts the broker again with the same data and port; stops it first if it runs. */
    public synchronized void restart() {
        stop();
        boot();
    }

    /** Stops the broker permanently; keeps the data. Idempotent. */
    @Override
    public synchronized void close() {
        try {
            stop();
        } finally {
            lock.close();
        }
    }

    private synchronized void boot() {
        FreePort.require(port); // The broker would say the same in a hundred lines.
        format();
        KafkaRaftServer starting = new KafkaRaftServer(config(FreePort.pick()), Time.SYSTEM);
        try {
            starting.startup();
        } catch (Exception e) { // Scala code throws checked exceptions undeclared.
            starting.shutdown();
            throw new IllegalStateException("Kafka did not start on port " + port + " over " + dataDir, e);
        }
        server = starting;
    }

    private void format() {
        if (Files.exists(dataDir.resolve("meta.properties"))) {
            return;
        }
        try {
            Files.createDirectories(dataDir);
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(NODE_ID)
                    .addDirectory(dataDir.toString())
                    .setMetadataLogDirectory(dataDir.toString())
                    .setControllerListenerName(CONTROLLER)
                    .run();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot prepare " + dataDir + " for Kafka", e);
        } catch (Exception e) {
            throw new IllegalStateException("Cannot prepare " + dataDir + " for Kafka", e);
        }
    }

    /** Only the broker itself connects to the controller, whose port is not part of the data. */
    private KafkaConfig config(int controllerPort) {
        Map<String, Object> all = new HashMap<>(Map.ofEntries(
                Map.entry("node.id", NODE_ID),
                Map.entry("process.roles", "broker,controller"),
                Map.entry("log.dirs", dataDir.toString()),
                Map.entry(
                        "listeners",
                        CLIENTS + "://127.0.0.1:" + port + "," + CONTROLLER + "://127.0.0.1:" + controllerPort),
                Map.entry("listener.security.protocol.map", CLIENTS + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT"),
                Map.entry("inter.broker.listener.name", CLIENTS),
                Map.entry("controller.listener.names", CONTROLLER),
                Map.entry("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort),
                // After a kill, the controller accepts the new broker only after the session of the old one has
                // expired. Kafka's default of 9 seconds would dominate the start.
                Map.entry("broker.session.timeout.ms", 2000),
                Map.entry("broker.heartbeat.interval.ms", 200),
                Map.entry("auto.create.topics.enable", true),
                Map.entry("group.initial.rebalance.delay.ms", 0),
                // Lets tests wait for less than Kafka's default of 6 seconds until a killed consumer leaves its group.
                Map.entry("group.min.session.timeout.ms", 1000),
                Map.entry("offsets.topic.num.partitions", 1),
                Map.entry("offsets.topic.replication.factor", (short) 1),
                Map.entry("offsets.topic.segment.bytes", 1 << 20),
                Map.entry("transaction.state.log.num.partitions", 1),
                Map.entry("transaction.state.log.replication.factor", (short) 1),
                Map.entry("transaction.state.log.min.isr", 1),
                Map.entry("share.coordinator.state.topic.num.partitions", 1),
                Map.entry("share.coordinator.state.topic.replication.factor", (short) 1),
                Map.entry("share.coordinator.state.topic.min.isr", (short) 1),
                Map.entry("num.network.threads", 1),
                Map.entry("num.io.threads", 2),
                Map.entry("background.threads", 2),
                Map.entry("num.recovery.threads.per.data.dir", 1),
                Map.entry("log.cleaner.dedupe.buffer.size", 4L << 20),
                Map.entry("log.cleaner.io.buffer.size", 64 << 10),
                Map.entry("log.segment.bytes", 16 << 20),
                Map.entry("log.index.size.max.bytes", 1 << 20)));
        all.putAll(settings);
        return new KafkaConfig(all, false);
    }
}
