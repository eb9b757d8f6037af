package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.config.Secret;
import io.variate.testing.Await;
import io.variate.upstream.UpstreamException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamClientTest {
    private static final Credentials KEY = Credentials.ofDeployment("server-secret");

    private final Vertx vertx = Vertx.vertx();
    private StandInServer server;
    private UpstreamClient client;

    @BeforeEach
    void start() {
        server = new StandInServer(vertx);
        client = client(Duration.ofSeconds(10), 2);
    }

    @AfterEach
    void stop() {
        client.close().await();
        vertx.close().await();
    }

    private UpstreamClient client(Duration timeout, int maxRequests) {
        return new UpstreamClient(
                vertx, UpstreamSettings.of(server.url(), Duration.ofSeconds(1), timeout, maxRequests, List.of()));
    }

    private Future<UpstreamClient.Response> get(String path, int maxBytes) {
        return client.get(server.url().resolve(path), KEY, Map.of(), maxBytes);
    }

    private UpstreamException failure(Future<?> request) {
        return catchThrowableOfType(UpstreamException.class, request::await);
    }

    @Test
    void sendsTheCredentialsAndTheLibrary() {
        server.answer("/flags", 200, "[]");

        UpstreamClient.Response response = get("/flags", 100).await();

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).hasToString("[]");
        StandInServer.Seen seen = server.requests("/flags").get(0);
        assertThat(seen.header("Authorization")).isEqualTo("Api-Key server-secret");
        assertThat(seen.header("X-Amp-Exp-Library")).startsWith("variate/");
        assertThat(seen.header("User-Agent")).startsWith("variate/");
    }

    @Test
    void decompressesBodies() {
        serveGzip("/flags", "[1,2,3]".getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(get("/flags", 100).await().body()).hasToString("[1,2,3]");
        assertThat(server.requests("/flags").get(0).header("Accept-Encoding")).contains("gzip");
    }

    @Test
    void boundsTheDecompressedBody() {
        serveGzip("/flags", new byte[1_000_000]);

        assertThat(failure(get("/flags", 10_000)).kind()).isEqualTo(Kind.TOO_LARGE);
    }

    @Test
    void reportsABodyThatCannotBeDecompressed() {
        server.on("/flags", request -> request.response()
                .putHeader("Content-Encoding", "gzip")
                .end("this is not compressed"));

        assertThat(failure(get("/flags", 10_000)).kind()).isEqualTo(Kind.INVALID);
    }

    private void serveGzip(String path, byte[] body) {
        server.on(path, request -> request.response()
                .putHeader("Content-Encoding", "gzip")
                .end(Buffer.buffer(gzip(body))));
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    @Test
    void timesOutWithoutAResponse() {
        client = client(Duration.ofMillis(100), 2);
        server.on("/flags", request -> {});

        assertThat(failure(get("/flags", 100)).kind()).isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void timesOutWithinABody() {
        client = client(Duration.ofMillis(100), 2);
        server.on("/flags", request -> request.response().setChunked(true).write("["));

        assertThat(failure(get("/flags", 100)).kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE);
    }

    @Test
    void timesOutWithABodyThatTrickles() {
        client = client(Duration.ofMillis(200), 2);
        server.on("/flags", request -> {
            request.response().setChunked(true).write("[");
            long timer = vertx.setPeriodic(20, tick -> request.response().write(" "));
            request.connection().closeHandler(closed -> vertx.cancelTimer(timer));
        });

        assertThat(failure(get("/flags", 100_000)).kind()).isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void reportsALostConnection() {
        server.on("/flags", request -> {
            request.response().setChunked(true).write("[");
            request.connection().close();
        });

        assertThat(failure(get("/flags", 100)).kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void reportsARefusedConnection() {
        URI url = server.url();
        server.close();

        UpstreamException failure = failure(client.get(url, KEY, Map.of(), 100));

        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure.getMessage()).doesNotContain("secret");
    }

    @Test
    void doesNotFollowRedirects() {
        server.on("/flags", request -> request.response()
                .setStatusCode(302)
                .putHeader("Location", "/elsewhere")
                .end());

        assertThat(get("/flags", 100).await().status()).isEqualTo(302);
        assertThat(server.requests("/elsewhere")).isEmpty();
    }

    @Test
    void readsRetryAfter() {
        server.on("/flags", request -> request.response()
                .setStatusCode(429)
                .putHeader("Retry-After", "7")
                .end());

        UpstreamException failure = get("/flags", 100).await().head().failure();

        assertThat(failure.status()).isEqualTo(429);
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void limitsConcurrentRequests() {
        Queue<HttpServerRequest> open = new ConcurrentLinkedQueue<>();
        server.on("/flags", open::add);
        List<Future<UpstreamClient.Response>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(get("/flags", 100));
        }
        for (int answered = 0; answered < 5; answered++) {
            int expected = Math.min(5, answered + 2);
            Await.until(
                    "the next request starts", () -> server.requests("/flags").size() == expected && !open.isEmpty());
            open.remove().response().end("[]");
        }

        assertThat(Future.all(answers).await().succeeded()).isTrue();
    }

    @Test
    void aDownloadLeavesASlotForFlags() {
        server.on("/cohort", request -> {});
        server.answer("/flags", 200, "[]");
        for (int i = 0; i < 3; i++) {
            client.download(server.url().resolve("/cohort"), KEY, Map.of(), head -> null);
        }

        assertThat(get("/flags", 100).await().status()).isEqualTo(200);
    }

    @Test
    void writesADownloadToAFile(@TempDir Path directory) throws IOException {
        byte[] body = new byte[3_000_000];
        new java.util.Random(1).nextBytes(body);
        serveGzip("/cohort", body);
        Path file = directory.resolve("cohort");
        var out = vertx.fileSystem().openBlocking(file.toString(), new OpenOptions());

        UpstreamClient.Head head = client.download(
                        server.url().resolve("/cohort"), KEY, Map.of(), answer -> answer.status() == 200 ? out : null)
                .await();

        assertThat(head.status()).isEqualTo(200);
        assertThat(Files.readAllBytes(file)).isEqualTo(body);
    }

    @Test
    void failsALostDownload(@TempDir Path directory) {
        server.on("/cohort", request -> {
            request.response().setChunked(true).write("part");
            request.connection().close();
        });
        var out = vertx.fileSystem().openBlocking(directory.resolve("cohort").toString(), new OpenOptions());

        assertThat(failure(client.download(server.url().resolve("/cohort"), KEY, Map.of(), head -> out))
                        .kind())
                .isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void credentialsPrintAsStars() {
        assertThat(Credentials.ofProject(new Secret("api"), new Secret("secret")))
                .hasToString("***");
        assertThat(Credentials.ofProject(new Secret("api"), new Secret("secret"))
                        .header())
                .isEqualTo("Basic YXBpOnNlY3JldA==");
    }
}
