package io.variate.it.harness;

import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.EventsReader;
import io.variate.dev.EventsReader.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** One PostgreSQL and one Kafka per JVM; each test class has its own database and topic. */
public final class Neighbours {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private Neighbours() {}

    private static final class Postgres {
        private static final EmbeddedPostgresql SERVER = EmbeddedPostgresql.start(null, 0);

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
        }
    }

    private static final class Kafka {
        private static final EmbeddedKafka BROKER = EmbeddedKafka.start(directory(), 0);

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(BROKER::close));
        }

        private static Path directory() {
            try {
                // Beside the jar, where a clean build sweeps it away.
                Path jar = Path.of(Objects.requireNonNull(System.getProperty("variate.jar")));
                return Files.createTempDirectory(jar.getParent(), "kafka-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static EmbeddedPostgresql postgres() {
        return Postgres.SERVER;
    }

    public static EmbeddedKafka kafka() {
        return Kafka.BROKER;
    }

    /** A name that no other test uses. */
    public static String unique(String prefix) {
        return prefix + "_" + ProcessHandle.current().pid() + "_" + NAMES.incrementAndGet();
    }

    /** Creates an empty database, and returns its address. */
    public static String database() {
        String name = unique("it");
        sql(postgres().uri(), "create database " + name);
        return postgres().uri().replaceFirst("/postgres$", "/" + name);
    }

    /** Executes statements in one transaction. */
    public static void sql(String uri, String... statements) {
        String jdbc = "jdbc:" + uri.replace("postgres@", "") + "?user=postgres";
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(statements.length == 1);
            for (String text : statements) {
                statement.execute(text);
            }
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException e) {
            throw new AssertionError(String.join("; ", statements), e);
        }
    }

    public static List<Event> events(String topic) {
        return EventsReader.readAll(kafka().bootstrapServers(), topic);
    }

    /** The users and devices that the topic holds events of. */
    public static Set<String> keys(String topic) {
        return events(topic).stream().map(event -> String.valueOf(event.key())).collect(Collectors.toSet());
    }
}
