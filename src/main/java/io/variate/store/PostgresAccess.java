package io.variate.store;

import io.variate.config.Secret;
import io.variate.config.Settings;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** How to reach the database, for the client of Vert.x and for the migrations, which speak JDBC. */
final class PostgresAccess {
    private static final String SCHEMA = "variate";

    private final PgConnectOptions options;
    private final @Nullable Path rootCertificate;

    /** @throws IllegalArgumentException for a URI that the client cannot read; the message does not hold it */
    PostgresAccess(Secret uri, Settings.Postgres settings) {
        try {
            options = PgConnectOptions.fromUri(uri.value());
        } catch (RuntimeException e) {
            // The cause names the whole URI, password and all.
            throw new IllegalArgumentException(
                    "postgres.uri: must look like postgresql://user:password@host:port/database");
        }
        rootCertificate = settings.rootCertificate();
        options.addProperty("application_name", "variate");
        options.setSslOptions(tls(options.getSslMode(), rootCertificate));
    }

    PgConnectOptions options() {
        return options;
    }

    /** As libpq reads the modes: "require" encrypts and asks nobody's name, "verify-full" asks for the host's too. */
    private static ClientSSLOptions tls(SslMode mode, @Nullable Path rootCertificate) {
        ClientSSLOptions tls =
                new ClientSSLOptions().setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
        return rootCertificate == null
                ? tls.setTrustAll(true)
                : tls.setTrustOptions(new PemTrustOptions().addCertPath(rootCertificate.toString()));
    }

    /** Brings the schema up to date; blocks, no longer than the time given for each step on the network. */
    void migrate(Duration connectTimeout, Duration writeTimeout) {
        Map<String, String> properties = new HashMap<>();
        properties.put("sslmode", options.getSslMode().value);
        properties.put("connectTimeout", seconds(connectTimeout));
        properties.put("socketTimeout", seconds(writeTimeout));
        properties.put("ApplicationName", "variate-migrations");
        if (rootCertificate != null) {
            properties.put("sslrootcert", rootCertificate.toString());
        }
        Flyway.configure()
                .dataSource(jdbcUrl(), options.getUser(), options.getPassword())
                .jdbcProperties(properties)
                .schemas(SCHEMA)
                .createSchemas(true)
                .connectRetries(0)
                .load()
                .migrate();
    }

    private String jdbcUrl() {
        String host = options.getHost().contains(":") ? "[" + options.getHost() + "]" : options.getHost();
        String database = URLEncoder.encode(options.getDatabase(), StandardCharsets.UTF_8);
        return "jdbc:postgresql://" + host + ":" + options.getPort() + "/" + database;
    }

    /** JDBC counts whole seconds, and takes 0 for ever. */
    private static String seconds(Duration duration) {
        return Long.toString(Math.max(1, duration.toSeconds()));
    }
}
