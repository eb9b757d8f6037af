package io.variate.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * All outstanding migrations of the schema, in one transaction on one connection.
 *
 * <p>Flyway would take several connections and set the search path of their sessions. A pooler in transaction mode gives
 * each transaction another server connection, where another path holds. Within one transaction there is one server
 * connection, and what is left of the session when it ends is reset. So no migration may use what PostgreSQL refuses in a
 * transaction, such as {@code create index concurrently}.
 *
 * <p>Several nodes may migrate at a time: they take turns. Blocks.
 */
final class Migration {
    private static final String SCHEMA = "variate";

    /** Of the advisory lock that nodes take turns by: "variate" in ASCII. */
    private static final long LOCK = 0x76617269617465L;

    private final String url;
    private final Properties properties;

    /** Nothing is connected yet. */
    Migration(String url, Properties properties) {
        this.url = url;
        this.properties = properties;
    }

    /** @throws FlywayException if a migration fails, or the database; nothing has changed then */
    void run() {
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            connection.setAutoCommit(false);
            execute(connection, "select pg_advisory_xact_lock(" + LOCK + ")");
            Pinned pinned = new Pinned(connection);
            Flyway.configure()
                    .dataSource(pinned.dataSource())
                    .schemas(SCHEMA)
                    .createSchemas(true)
                    .connectRetries(0)
                    .load()
                    .migrate();
            if (pinned.rolledBack) {
                throw new FlywayException("a migration was rolled back");
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

    /** A connection that can neither be closed nor leave its transaction by those who use it. */
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
