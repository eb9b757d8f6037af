package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Protection of the admin port against pages in a browser on the same machine. */
@Timeout(60)
class AdminHostTest {
    private static final String RULESET = """
            {"deployments": [{"key": "server", "label": "shop", "type": "server", "flags": ["*"]}], "flags": []}""";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode open;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode guarded;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode reachable;

    @BeforeAll
    static void start() {
        open = RunningNode.serving(RULESET, Map.of("VARIATE_ADMIN_TOKEN", ""));
        guarded = RunningNode.serving(RULESET, Map.of());
        reachable = RunningNode.serving(RULESET, Map.of("VARIATE_ADMIN_HOST", "0.0.0.0"));
    }

    @AfterAll
    static void stop() {
        open.close();
        guarded.close();
        reachable.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.0.0.1:8081",
                "127.1.2.3:1",
                "localhost",
                "localhost:9999",
                "LocalHost:8081",
                "localhost.",
                "localhost.:8081",
                "localhost:",
                "[::1]",
                "[::1]:8081",
                "[0:0:0:0:0:0:0:1]:8081",
                "[::ffff:127.0.0.1]:8081"
            })
    void acceptsLoopbackAddressesAndNames(String host) throws IOException {
        for (String path : new String[] {"/health/live", "/health/ready", "/metrics", "/api/1/ruleset"}) {
            assertThat(ask(open, "GET " + path, "Host: " + host).status())
                    .as(path)
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8081",
                "EVIL.example.",
                "localhost.evil.example",
                "127.0.0.1.evil.example:8081",
                "evil.localhost.example",
                "localhost..",
                "evil@127.0.0.1",
                "127.0.0.1@evil.example",
                "127.0.0.1:8081:80",
                "127.0.0.1:x",
                "127.0.0.999999",
                "10.0.0.1",
                "0.0.0.0",
                "1127.0.0.1",
                "[::2]",
                "[::ffff:10.0.0.1]",
                "[::1].evil.example",
                "[evil.example]",
                "[::1",
                "localhost, evil.example",
                "null"
            })
    void rejectsOtherHostsOnEveryPath(String host) throws IOException {
        for (String target :
                new String[] {"GET /health/live", "GET /metrics", "GET /api/1/ruleset", "PUT /api/1/ruleset", "GET /"
                }) {
            Answer answer = ask(open, target, "Host: " + host);

            assertThat(answer.status()).as(target).isIn(400, 403);
            if (answer.status() == 403) {
                assertThat(answer.error().getString("code")).isEqualTo("foreign_host");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:3000, 200",
        "http://127.0.0.1:8081, 200",
        "http://[::1]:8081, 200",
        "https://localhost, 200",
        "http://evil.example, 403",
        "https://evil.example:8081, 403",
        "http://localhost.evil.example, 403",
        "http://localhost@evil.example, 403",
        "null, 403",
        "file://, 403",
        "http://, 403",
        "localhost, 403",
        "chrome-extension://abcdef, 403"
    })
    void rejectsOtherOrigins(String origin, int status) throws IOException {
        Answer answer = ask(open, "GET /api/1/ruleset", "Host: 127.0.0.1\r\nOrigin: " + origin);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("access-control-allow-origin")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example/health/live, 127.0.0.1, 403",
        "HTTP://evil.example:8081/metrics, localhost, 403",
        // With an absolute URL the Host header is ignored (RFC 9112, 3.2.2).
        "http://localhost/health/live, evil.example, 200",
        "http://localhost:8081/health/live, localhost, 200",
        "http://[::1]/health/live, 127.0.0.1, 200"
    })
    void checksTheHostOfAnAbsoluteUrl(String url, String host, int status) throws IOException {
        assertThat(ask(open, "GET " + url, "Host: " + host).status()).isEqualTo(status);
    }

    @Test
    void acceptsAHealthCheckWithoutHost() throws IOException {
        Answer answer = RawConnection.exchange(open.adminPort(), "GET /health/ready HTTP/1.0\r\n\r\n");

        assertThat(answer.status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, /health/live, 200",
        "127.0.0.1, /api/1/ruleset, 200",
        "evil.example, /health/live, 403",
        "evil.example, /api/1/ruleset, 403"
    })
    void checksTheAuthorityOverHttp2(String host, String path, int status) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            RequestOptions request = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setHost("127.0.0.1")
                    .setPort(open.adminPort())
                    .setURI(path);
            // Vert.x closes a client that nothing refers to.
            HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
            int answered = client.request(request)
                    .compose(sent ->
                            sent.authority(HostAndPort.create(host, 8081)).send())
                    .map(answer -> answer.statusCode())
                    .await(20, TimeUnit.SECONDS);
            client.close().await(20, TimeUnit.SECONDS);

            assertThat(answered).isEqualTo(status);
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void checksTheHostOfHealthAndMetricsAndTheTokenOfAllOtherPaths() throws IOException {
        assertThat(ask(guarded, "GET /metrics", "Host: evil.example").status()).isEqualTo(403);
        assertThat(ask(guarded, "GET /health/ready", "Host: evil.example").status())
                .isEqualTo(403);
        assertThat(ask(guarded, "GET /metrics", "Host: localhost").status()).isEqualTo(200);
        assertThat(ask(guarded, "GET /api/1/ruleset", "Host: evil.example").status())
                .isEqualTo(401);
        assertThat(ask(
                                guarded,
                                "GET /api/1/ruleset",
                                "Host: proxy.example\r\nAuthorization: Bearer " + RunningNode.TOKEN)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void acceptsProbesOfAnyHostOffLoopback() throws IOException {
        assertThat(ask(reachable, "GET /health/ready", "Host: 10.1.2.3:8081").status())
                .isEqualTo(200);
        assertThat(ask(reachable, "GET /metrics", "Host: node-1:8081").status()).isEqualTo(200);
        assertThat(ask(reachable, "GET /api/1/ruleset", "Host: node-1:8081").status())
                .isEqualTo(401);
    }

    private static Answer ask(RunningNode node, String target, String headers) throws IOException {
        return RawConnection.exchange(
                node.adminPort(), target + " HTTP/1.1\r\n" + headers + "\r\nContent-Length: 0\r\n\r\n");
    }
}
