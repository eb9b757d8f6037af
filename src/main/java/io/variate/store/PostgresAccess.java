package io.variate.store;

import io.variate.config.Secret;
import io.vertx.pgclient.PgConnectOptions;
import org.flywaydb.core.Flyway;

/** How to reach the database, for the client of Vert.x and for the migrations, which speak JDBC. */
final class PostgresAccess {
    private static final String SCHEMA = "variate";

    private final PgConnectOptions options;

    /** @throws IllegalArgumentException for a URI that the client cannot read; the message does not hold it */
    PostgresAccess(Secret uri) {
        try {
            options = PgConnectOptions.fromUri(uri.value());
        } catch (RuntimeException e) {
            // The cause names the whole URI, password and all.
            throw new IllegalArgumentException(
                    "postgres.uri: must look like postgresql://user:password@host:port/database");
        }
        options.addProperty("application_name", "variate");
    }

    PgConnectOptions options() {
        return options;
    }

    /** Brings the schema up to date; blocks. */
    void migrate(int connectTimeoutSeconds) {
        String url = "jdbc:postgresql://%s:%d/%s?sslmode=%s&connectTimeout=%d&ApplicationName=variate-migrations"
                .formatted(
                        options.getHost(),
                        options.getPort(),
                        options.getDatabase(),
                        options.getSslMode().value,
                        connectTimeoutSeconds);
        Flyway.configure()
                .dataSource(url, options.getUser(), options.getPassword())
                .schemas(SCHEMA)
                .createSchemas(true)
                .connectRetries(0)
                .load()
                .migrate();
    }
}
