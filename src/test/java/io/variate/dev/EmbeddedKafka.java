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
 * A real Kafka broker and its controller in this JVM, reachable from this machine only.
 *
 * <p>Everything it writes lies in the data directory, which survives {@link #stop()}, {@link #close()} and the death of
 * the JVM. A broker that can no longer write its metadata halts the whole JVM, as Kafka does everywhere.
 *
 * <p>Safe for use by several threads; starting and stopping exclude each other.
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
     * Starts a broker over the data of the directory, which is created and formatted when new, and returns when it
     * serves requests.
     *
     * @param port the port to listen on, 0 for a free one, which the broker then keeps through restarts
     * @throws IllegalStateException when the port or the directory is in use, or the broker cannot start; nothing of it
     *     is left running then
     */
    public static EmbeddedKafka start(Path dataDir, int port) {
        return start(dataDir, port, Map.of());
    }

    /**
     * As {@link #start(Path, int)}.
     *
     * @param settings of the broker, in Kafka's own names, before the settings of this class
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

    /** Where clients connect, as {@code host:port}; the same before, during and after an outage. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Stops serving; clients see an outage until {@link #restart()}. Does nothing when stopped already. */
    public synchronized void stop() {
        if (server != null) {
            KafkaRaftServer stopping = server;
            server = null;
            stopping.shutdown();
            stopping.awaitShutdown();
        }
    }

    /** Serves again, with the same data on the same port; stops first if need be. */
    public synchronized void restart() {
        stop();
        boot();
    }

    /** Stops serving for good; the data stays. Does nothing the second time. */
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

    /** The controller is spoken to only by its own broker and leaves no trace of its port in the data. */
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
                // After a kill the controller waits for the dead broker's session to end before it lets the
                // new one in: Kafka's own 9 seconds would be the whole start.
                Map.entry("broker.session.timeout.ms", 2000),
                Map.entry("broker.heartbeat.interval.ms", 200),
                Map.entry("auto.create.topics.enable", true),
                Map.entry("group.initial.rebalance.delay.ms", 0),
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
