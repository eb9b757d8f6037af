package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.config.Secret;
import io.variate.testing.Await;
import io.variate.upstream.UpstreamException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.WriteStream;
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
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
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
        return client(timeout, maxRequests, BodyBudget.ofHeap());
    }

    private UpstreamClient client(Duration timeout, int maxRequests, BodyBudget budget) {
        return new UpstreamClient(
                vertx,
                UpstreamSettings.of(server.url(), Duration.ofSeconds(1), timeout, maxRequests, List.of()),
                budget);
    }

    private Future<UpstreamClient.Response> get(String path, int maxBytes) {
        return client.get(server.url().resolve(path), KEY, Map.of(), maxBytes, Future::succeededFuture);
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
    void bodiesShareTheBudgetUntilTheyAreRead() {
        BodyBudget budget = new BodyBudget(1_000_000, 500_000);
        client = client(Duration.ofSeconds(10), 8, budget);
        serveGzip("/flags", new byte[300_000]);
        Promise<Void> parsed = Promise.promise();
        List<Future<Void>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(
                    client.get(server.url().resolve("/flags"), KEY, Map.of(), 400_000, response -> parsed.future()));
        }
        Await.until(
                "all but three bodies fail",
                () -> answers.stream().filter(Future::failed).count() == 5);

        assertThat(budget.used()).isEqualTo(900_000);
        parsed.complete();
        assertThat(answers.stream().filter(Future::failed).map(answer -> failure(answer)
                        .kind()))
                .containsOnly(Kind.OVERLOADED);
        Await.until("the budget is free", () -> budget.used() == 0);
    }

    @Test
    void bodiesThatFailLeaveTheBudget() {
        BodyBudget budget = new BodyBudget(1_000_000, 500_000);
        client = client(Duration.ofSeconds(10), 8, budget);
        serveGzip("/bomb", new byte[20_000_000]);
        server.on("/lost", request -> {
            request.response().setChunked(true).write("[".repeat(100_000));
            vertx.setTimer(50, over -> request.connection().close());
        });

        assertThat(failure(get("/bomb", Integer.MAX_VALUE)).kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(failure(get("/lost", Integer.MAX_VALUE)).kind()).isEqualTo(Kind.UNREACHABLE);

        assertThat(budget.used()).isZero();
    }

    @Test
    void anErrorWhileABodyIsReadFreesItsSlot() {
        BodyBudget budget = new BodyBudget(1_000_000, 500_000);
        client = client(Duration.ofSeconds(10), 1, budget);
        server.answer("/flags", 200, "[]");

        Future<Void> failed = client.get(server.url().resolve("/flags"), KEY, Map.of(), 100, response -> {
            throw new OutOfMemoryError("as if");
        });

        assertThat(catchThrowableOfType(OutOfMemoryError.class, failed::await)).isNotNull();
        assertThat(budget.used()).isZero();
        assertThat(get("/flags", 100).await().status()).isEqualTo(200);
    }

    @Test
    void anErrorWithinADownloadFreesItsSlot() {
        client = client(Duration.ofSeconds(10), 1);
        server.answer("/flags", 200, "[]");

        Future<UpstreamClient.Head> failed =
                client.download(server.url().resolve("/flags"), KEY, Map.of(), head -> new FailingStream());

        assertThat(catchThrowableOfType(OutOfMemoryError.class, failed::await)).isNotNull();
        assertThat(get("/flags", 100).await().status()).isEqualTo(200);
    }

    /** Has no memory for what is written. */
    private static final class FailingStream implements WriteStream<Buffer> {
        @Override
        public Future<Void> write(Buffer part) {
            throw new OutOfMemoryError("as if");
        }

        @Override
        public Future<Void> end() {
            return Future.succeededFuture();
        }

        @Override
        public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
            return this;
        }

        @Override
        public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
            return this;
        }

        @Override
        public boolean writeQueueFull() {
            return false;
        }

        @Override
        public WriteStream<Buffer> drainHandler(@Nullable Handler<@Nullable Void> handler) {
            return this;
        }
    }

    @Test
    void reportsABodyThatCannotBeDecompressed() {
        server.on("/flags", request -> request.response()
                .putHeader("Content-Encoding", "gzip")
                .end("this is not compressed"));

        assertThat(failure(get("/flags", 10_000)).kind()).isEqualTo(Kind.INVALID);
    }

    @Test
    void reportsAHeaderThatIsTooLong() {
        server.on("/flags", request -> request.response()
                .putHeader("X-Long", "x".repeat(1_000_000))
                .end("[]"));

        UpstreamException failure = failure(get("/flags", 10_000));

        assertThat(failure.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(failure).hasMessageContaining("header");
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
    void aConnectionMayBeIdleBetweenRequests() {
        client = client(Duration.ofMillis(400), 2);
        server.on(
                "/flags",
                request -> vertx.setTimer(300, over -> request.response().end("[]")));

        for (int i = 0; i < 3; i++) {
            assertThat(get("/flags", 100).await().status()).isEqualTo(200);
            vertx.timer(300, TimeUnit.MILLISECONDS).await();
        }
    }

    @Test
    void timesOutWithinADownload(@TempDir Path directory) {
        client = client(Duration.ofMillis(200), 2);
        server.on("/cohort", request -> request.response().setChunked(true).write("["));
        var out = vertx.fileSystem().openBlocking(directory.resolve("cohort").toString(), new OpenOptions());

        assertThat(failure(client.download(server.url().resolve("/cohort"), KEY, Map.of(), head -> out))
                        .kind())
                .isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void timesOutWithinADownloadThatIsDiscarded() {
        client = client(Duration.ofMillis(200), 2);
        server.on("/cohort", request -> request.response().setChunked(true).write("["));

        assertThat(failure(client.download(server.url().resolve("/cohort"), KEY, Map.of(), head -> null))
                        .kind())
                .isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void timesOutWithinABody() {
        client = client(Duration.ofMillis(100), 2);
        server.on("/flags", request -> request.response().setChunked(true).write("["));

        assertThat(failure(get("/flags", 100)).kind()).isEqualTo(Kind.TIMEOUT);
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

        UpstreamException failure = failure(client.get(url, KEY, Map.of(), 100, Future::succeededFuture));

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
