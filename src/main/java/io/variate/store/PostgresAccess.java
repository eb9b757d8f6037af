package io.variate.store;

import io.variate.config.PostgresUri;
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
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Connection options for the database, for the client of Vert.x and for JDBC, which runs the migrations.
 *
 * <p>A pooler such as PgBouncer in transaction mode may run each transaction on another server connection. So nothing
 * relies on session state, and connections set no startup parameter that a pooler rejects.
 */
final class PostgresAccess {
    private final PostgresUri uri;
    private final @Nullable Path rootCertificate;

    /** @throws IllegalArgumentException if the URI is not supported; the message does not contain it */
    PostgresAccess(Secret uri, Settings.Postgres settings) {
        try {
            this.uri = PostgresUri.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("postgres.uri: " + e.getMessage());
        }
        rootCertificate = settings.rootCertificate();
    }

    /** The options for each host, in the order of attempts. */
    List<PgConnectOptions> hosts() {
        return uri.hosts().stream().map(this::options).toList();
    }

    /** The required kind of host. */
    PostgresUri.Target target() {
        return uri.target();
    }

    private PgConnectOptions options(PostgresUri.Host host) {
        SslMode mode = SslMode.of(uri.sslMode());
        String applicationName = uri.applicationName();
        Secret password = uri.password();
        PgConnectOptions options = new PgConnectOptions()
                .setHost(host.name())
                .setPort(host.port())
                .setDatabase(uri.database())
                .setUser(uri.user())
                .setPassword(password == null ? "" : password.value())
                .setSslMode(mode)
                .setSslOptions(tls(mode, rootCertificate))
                // Sends the text of a statement and its values together, so they reach the same server connection.
                .setUseLayer7Proxy(true)
                .setCachePreparedStatements(false)
                // Older poolers may release the server connection between two statements in flight.
                .setPipeliningLimit(1);
        // Replaces the client's defaults: PgBouncer rejects one of them, extra_float_digits.
        options.setProperties(Map.of(
                "application_name",
                applicationName == null ? "variate" : applicationName,
                "client_encoding",
                "utf8",
                "DateStyle",
                "ISO"));
        return options;
    }

    /** Modes as in libpq: "require" encrypts without verification, "verify-full" also verifies the name of the host. */
    private static ClientSSLOptions tls(SslMode mode, @Nullable Path rootCertificate) {
        ClientSSLOptions tls =
                new ClientSSLOptions().setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : "");
        return rootCertificate == null
                ? tls.setTrustAll(true)
                : tls.setTrustOptions(new PemTrustOptions().addCertPath(rootCertificate.toString()));
    }

    /** Migrates the schema on a host. Blocks; the timeouts apply to each step on the network. */
    void migrate(PgConnectOptions host, Duration connectTimeout, Duration writeTimeout) {
        Properties properties = new Properties();
        properties.setProperty("user", host.getUser());
        properties.setProperty("password", host.getPassword());
        properties.setProperty("sslmode", host.getSslMode().value);
        properties.setProperty("connectTimeout", seconds(connectTimeout));
        properties.setProperty("socketTimeout", seconds(writeTimeout));
        properties.setProperty("ApplicationName", "variate-migrations");
        // A named statement would remain on the server connection of a pooler.
        properties.setProperty("prepareThreshold", "0");
        if (rootCertificate != null) {
            properties.setProperty("sslrootcert", rootCertificate.toString());
        }
        new Migration(jdbcUrl(host), properties).run();
    }

    private static String jdbcUrl(PgConnectOptions host) {
        String name = host.getHost().contains(":") ? "[" + host.getHost() + "]" : host.getHost();
        // Form encoding writes a space as a plus sign, which JDBC takes literally.
        String database =
                URLEncoder.encode(host.getDatabase(), StandardCharsets.UTF_8).replace("+", "%20");
        return "jdbc:postgresql://" + name + ":" + host.getPort() + "/" + database;
    }

    /** JDBC timeouts are in seconds, and 0 means no timeout. */
    private static String seconds(Duration duration) {
        return Long.toString(Math.max(1, duration.toSeconds()));
    }
}
