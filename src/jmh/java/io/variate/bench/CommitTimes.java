package io.variate.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Observes commits of rulesets: PostgreSQL notifies each listener right after a commit. A daemon thread reads the
 * notifications until this object is closed. Thread-safe.
 */
final class CommitTimes implements AutoCloseable {
    private static final Pattern REVISION = Pattern.compile("\\d+");

    private final Connection connection;
    private final Map<Long, CompletableFuture<Long>> nanosByRevision = new ConcurrentHashMap<>();

    /** @param uri a PostgreSQL URI with a user and without a password */
    CommitTimes(String uri) throws SQLException {
        connection = DriverManager.getConnection("jdbc:" + uri.replace("postgres@", "") + "?user=postgres");
        try (Statement statement = connection.createStatement()) {
            statement.execute("listen variate_ruleset");
        }
        Thread reader = new Thread(this::read, "notifications");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try {
            PGConnection source = connection.unwrap(PGConnection.class);
            while (true) {
                PGNotification[] notifications = source.getNotifications(0);
                long now = System.nanoTime();
                for (PGNotification notification : notifications) {
                    // Nodes also send texts of their own, to test whether notifications arrive.
                    if (REVISION.matcher(notification.getParameter()).matches()) {
                        nanos(Long.parseLong(notification.getParameter())).complete(now);
                    }
                }
            }
        } catch (SQLException e) {
            nanosByRevision.values().forEach(pending -> pending.completeExceptionally(e));
        }
    }

    /** Completes with the {@link System#nanoTime} at which the notification of a revision arrived. */
    CompletableFuture<Long> nanos(long revision) {
        return nanosByRevision.computeIfAbsent(revision, absent -> new CompletableFuture<>());
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
