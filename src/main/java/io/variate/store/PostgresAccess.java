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
 * How to connect to the database, with the client of Vert.x and with JDBC, which runs the migrations.
 *
 * <p>Connections may lead through a pooler that gives each transaction another server connection, such as PgBouncer in
 * transaction mode. So nothing relies on the state of a session, and connections ask for nothing at their start that a
 * pooler refuses.
 */
final class PostgresAccess {
    private final PostgresUri uri;
    private final @Nullable Path rootCertificate;

    /** @throws IllegalArgumentException for a URI that is not supported; the message does not quote it */
    PostgresAccess(Secret uri, Settings.Postgres settings) {
        try {
            this.uri = PostgresUri.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("postgres.uri: " + e.getMessage());
        }
        rootCertificate = settings.rootCertificate();
    }

    /** One for each host, in the order in which they are tried. */
    List<PgConnectOptions> hosts() {
        return uri.hosts().stream().map(this::options).toList();
    }

    /** Which of the hosts may be used. */
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
                // Sends the text of a statement again with its values, in one message: they reach one server
                // connection.
                .setUseLayer7Proxy(true)
                .setCachePreparedStatements(false)
                // Older poolers may release a server connection between two statements that are in flight.
                .setPipeliningLimit(1);
        // Not the client's own, among which PgBouncer refuses extra_float_digits.
        options.setProperties(Map.of(
                "application_name",
                applicationName == null ? "variate" : applicationName,
                "client_encoding",
                "utf8",
                "DateStyle",
                "ISO"));
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

    /** Migrates the schema on a host; blocks, no longer than the given time for each step on the network. */
    void migrate(PgConnectOptions host, Duration connectTimeout, Duration writeTimeout) {
        Properties properties = new Properties();
        properties.setProperty("user", host.getUser());
        properties.setProperty("password", host.getPassword());
        properties.setProperty("sslmode", host.getSslMode().value);
        properties.setProperty("connectTimeout", seconds(connectTimeout));
        properties.setProperty("socketTimeout", seconds(writeTimeout));
        properties.setProperty("ApplicationName", "variate-migrations");
        // A named statement would stay behind on the server connection of a pooler.
        properties.setProperty("prepareThreshold", "0");
        if (rootCertificate != null) {
            properties.setProperty("sslrootcert", rootCertificate.toString());
        }
        new Migration(jdbcUrl(host), properties).run();
    }

    private static String jdbcUrl(PgConnectOptions host) {
        String name = host.getHost().contains(":") ? "[" + host.getHost() + "]" : host.getHost();
        // Not as a form encodes it: JDBC takes a plus sign for itself.
        String database =
                URLEncoder.encode(host.getDatabase(), StandardCharsets.UTF_8).replace("+", "%20");
        return "jdbc:postgresql://" + name + ":" + host.getPort() + "/" + database;
    }

    /** JDBC counts whole seconds, and takes 0 for ever. */
    private static String seconds(Duration duration) {
        return Long.toString(Math.max(1, duration.toSeconds()));
    }
}
