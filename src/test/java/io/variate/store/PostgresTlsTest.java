package io.variate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with TLS and a certificate for localhost. */
@Tag("slow")
class PostgresTlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final Vertx VERTX = Vertx.vertx();

    @TempDir
    static Path directory;

    @BeforeAll
    static void switchTlsOn() throws Exception {
        makeCertificate("server");
        makeCertificate("stranger");
        PgConnection connection = await(PgConnection.connect(VERTX, PgConnectOptions.fromUri(POSTGRES.uri())));
        for (String sql : new String[] {
            "alter system set ssl_cert_file = '" + directory.resolve("server.pem") + "'",
            "alter system set ssl_key_file = '" + directory.resolve("server.key") + "'",
            "alter system set ssl = on"
        }) {
            await(connection.query(sql).execute());
        }
        await(connection.close());
        POSTGRES.restart();
    }

    @AfterAll
    static void stop() throws Exception {
        await(VERTX.close());
        POSTGRES.close();
    }

    @Test
    void encryptsIfRequired() throws Exception {
        assertThat(revision("postgres@127.0.0.1", "require", null)).isZero();
    }

    @Test
    void acceptsAServerWithACertificateOfTheAuthority() throws Exception {
        assertThat(revision("postgres@127.0.0.1", "verify-ca", directory.resolve("server.pem")))
                .isZero();
        assertThat(revision("postgres@localhost", "verify-full", directory.resolve("server.pem")))
                .isZero();
    }

    @Test
    void rejectsAServerWithoutACertificateOfTheAuthority() {
        assertThatThrownBy(() -> revision("postgres@localhost", "verify-full", directory.resolve("stranger.pem")))
                .isInstanceOf(Exception.class);
    }

    @Test
    void rejectsAServerWithAnotherHostName() {
        assertThatThrownBy(() -> revision("postgres@127.0.0.1", "verify-full", directory.resolve("server.pem")))
                .isInstanceOf(Exception.class);
    }

    private static long revision(String where, String mode, @Nullable Path rootCertificate) throws Exception {
        Secret uri = new Secret("postgresql://" + where + ":" + POSTGRES.port() + "/postgres?sslmode=" + mode);
        Duration timeout = Duration.ofSeconds(10);
        RulesetStore store = new RulesetStore(new Database(
                VERTX, new Settings.Postgres(uri, 1, timeout, timeout, rootCertificate), new SimpleMeterRegistry()));
        try {
            await(store.migrate());
            return RulesetDatabase.whole(store).revision().number();
        } finally {
            await(store.close());
        }
    }

    /** Uses keytool, because the class library cannot create certificates. */
    private static void makeCertificate(String name) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD))
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        pem(name + ".pem", "CERTIFICATE", keys.getCertificate("it").getEncoded());
        pem(name + ".key", "PRIVATE KEY", keys.getKey("it", PASSWORD).getEncoded());
    }

    private static void pem(String name, String kind, byte[] content) throws IOException {
        String text = "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END "
                + kind + "-----\n";
        Path file = Files.writeString(directory.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
