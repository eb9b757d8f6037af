package io.variate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several hosts in one URI: two servers, each of which may be down or read-only. */
@Tag("slow")
class PostgresHostsTest {
    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql one;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql two;

    private final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void startServers() {
        one = EmbeddedPostgresql.start(null, 0);
        two = EmbeddedPostgresql.start(null, 0);
    }

    @AfterAll
    static void stopServers() {
        one.close();
        two.close();
    }

    @AfterEach
    void close() throws Exception {
        setReadOnly(one, false);
        await(vertx.close());
    }

    @Test
    void usesTheNextHostWhenOneIsDown() throws Exception {
        RulesetStore target = store("127.0.0.1:" + FreePorts.one() + ",127.0.0.1:" + two.port(), "any");
        assertThat(RulesetDatabase.whole(target).revision().number()).isNotNegative();
    }

    @Test
    void usesTheHostThatAcceptsWrites() throws Exception {
        long before = revision(two);
        setReadOnly(one, true);
        RulesetStore target = store("127.0.0.1:" + one.port() + ",127.0.0.1:" + two.port(), "read-write");
        await(target.migrate());
        await(RulesetDatabase.replace(target));
        assertThat(revision(two)).isEqualTo(before + 1);
    }

    @Test
    void usesAPrimary() throws Exception {
        RulesetStore target = store("127.0.0.1:" + one.port() + ",127.0.0.1:" + two.port(), "primary");
        assertThat(await(target.readSince(null))).isNotNull();
    }

    @Test
    void reportsTheReasonIfNoHostIsUsable() throws Exception {
        setReadOnly(one, true);
        RulesetStore target = store("127.0.0.1:" + one.port(), "read-write");
        assertThatThrownBy(() -> await(target.readSince(null)))
                .hasMessageContaining("127.0.0.1:" + one.port() + ": it is read-only");
    }

    @Test
    void findsTheHostAfterOneThatDoesNotRespond() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            RulesetStore target =
                    store("127.0.0.1:" + silent.getLocalPort() + ",127.0.0.1:" + two.port(), "read-write");
            Await.until("the database answers", () -> target.readSince(null)
                    .transform((found, failure) -> Future.succeededFuture(failure == null))
                    .await(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void switchesToTheOtherHostWhenTheOneInUseFails() throws Exception {
        RulesetStore target = store("127.0.0.1:" + one.port() + ",127.0.0.1:" + two.port(), "any");
        await(target.readSince(null));
        one.stop();
        try {
            Await.until("the database answers", () -> target.readSince(null)
                    .transform((found, failure) -> Future.succeededFuture(failure == null))
                    .await(20, TimeUnit.SECONDS));
        } finally {
            one.restart();
        }
    }

    private long revision(EmbeddedPostgresql server) throws Exception {
        return RulesetDatabase.whole(store("127.0.0.1:" + server.port(), "any"))
                .revision()
                .number();
    }

    private RulesetStore store(String hosts, String target) {
        Secret uri = new Secret("postgres://postgres@" + hosts + "/postgres?target_session_attrs=" + target);
        return new RulesetStore(new Database(
                vertx,
                new Settings.Postgres(uri, 2, Duration.ofSeconds(1), Duration.ofSeconds(20), null),
                new SimpleMeterRegistry()));
    }

    private void setReadOnly(EmbeddedPostgresql server, boolean readOnly) throws Exception {
        PgConnection connection = await(PgConnection.connect(vertx, PgConnectOptions.fromUri(server.uri())));
        await(connection.query("set default_transaction_read_only = off").execute());
        await(connection
                .query("alter database postgres set default_transaction_read_only = " + readOnly)
                .execute());
        await(connection.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
