package io.variate.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * Runs all pending migrations of the schema in one transaction on one connection.
 *
 * <p>By itself, Flyway opens several connections and sets the search path of their sessions. A pooler in transaction mode
 * may run each transaction on another server connection, with another search path. One transaction stays on one server
 * connection, and its changes to the session are reset at the end. So no migration may use statements that PostgreSQL
 * rejects in a transaction, such as {@code create index concurrently}.
 *
 * <p>Several nodes may migrate concurrently: an advisory lock serializes them. Blocks.
 */
final class Migration {
    private static final String SCHEMA = "variate";

    /** The key of the advisory lock: "variate" in ASCII. */
    private static final long LOCK = 0x76617269617465L;

    /**
     * The longest wait for the lock of a table. Other nodes that use the table queue up behind this wait. So a long
     * transaction of theirs fails the migration, which the next read or write retries.
     */
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(3);

    private final String url;
    private final Properties properties;

    /** Does not connect before {@link #run}. */
    Migration(String url, Properties properties) {
        this.url = url;
        this.properties = properties;
    }

    /** @throws FlywayException if a migration or the database fails; the schema is then unchanged */
    void run() {
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            connection.setAutoCommit(false);
            execute(connection, "select pg_advisory_xact_lock(" + LOCK + ")");
            execute(connection, "set local lock_timeout = '" + LOCK_TIMEOUT.toMillis() + "ms'");
            Pinned pinned = new Pinned(connection);
            Flyway.configure()
                    .dataSource(pinned.dataSource())
                    .schemas(SCHEMA)
                    .createSchemas(true)
                    .connectRetries(0)
                    .load()
                    .migrate();
            if (pinned.rolledBack) {
                throw new FlywayException("cannot migrate the schema: a migration was rolled back");
            }
            execute(connection, "reset search_path");
            connection.commit();
        } catch (SQLException e) {
            throw new FlywayException("cannot migrate the schema: " + e.getMessage(), e);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A connection whose users can neither close it nor end its transaction. */
    private static final class Pinned {
        private final Connection connection;
        private boolean rolledBack;

        Pinned(Connection connection) {
            this.connection = connection;
        }

        DataSource dataSource() {
            Connection kept = proxy(Connection.class, this::onConnection);
            return proxy(DataSource.class, (proxy, method, arguments) -> {
                if (method.getReturnType() == Connection.class) {
                    return kept;
                }
                throw new UnsupportedOperationException(method.getName());
            });
        }

        private @Nullable Object onConnection(Object proxy, Method method, Object @Nullable [] arguments)
                throws Throwable {
            switch (method.getName()) {
                case "setAutoCommit", "commit", "close" -> {
                    return null;
                }
                case "rollback" -> {
                    rolledBack = true;
                    return null;
                }
                default -> {
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }
            }
        }

        private static <T> T proxy(Class<T> type, java.lang.reflect.InvocationHandler handler) {
            return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
        }
    }
}
