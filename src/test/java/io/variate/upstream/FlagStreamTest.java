package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.observability.MetricNames;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlagStreamTest {
    private static final String PATH = "/stream";
    private static final Duration SHORT = Duration.ofMillis(30);

    private final Vertx vertx = Vertx.vertx();
    private final StandInServer server = new StandInServer(vertx);
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final UpstreamStatus status = new UpstreamStatus(metrics, Duration.ofMinutes(10), Clock.systemUTC());
    private final BodyBudget budget = new BodyBudget(1_000_000, 500_000);
    private final UpstreamClient client = new UpstreamClient(
            vertx, UpstreamSettings.of(server.url(), SHORT, Duration.ofSeconds(10), 8, List.of()), budget);
    private final List<FlagStream> streams = new ArrayList<>();
    private final Queue<StreamEvent> events = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stop() {
        streams.forEach(stream -> vertx.runOnContext(run -> stream.stop()));
        client.close().await();
        vertx.close().await();
    }

    private void connect() {
        FlagStream stream = new FlagStream(
                vertx,
                client,
                server.url().resolve(PATH),
                Credentials.ofDeployment("server-secret"),
                new FlagStream.Timing(Duration.ofSeconds(10), SHORT, SHORT),
                events::add,
                status.add(UpstreamStatus.Kind.STREAM, "label"));
        streams.add(stream);
        vertx.runOnContext(run -> stream.connect());
    }

    private static void begin(HttpServerRequest request, String text) {
        request.response()
                .setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .write(Buffer.buffer(text));
    }

    private double failures(UpstreamException.Kind kind) {
        return metrics.counter(MetricNames.UPSTREAM_FAILURES, "resource", "stream", "reason", kind.toString())
                .count();
    }

    @Test
    void anEndlessEventIsTooLarge() {
        server.on(PATH, request -> begin(request, "data: " + "x".repeat(600_000)));
        connect();

        Await.until("the event fails", () -> failures(UpstreamException.Kind.TOO_LARGE) >= 2);

        server.on(PATH, request -> begin(request, "data: []\n\n"));
        Await.until("the stream recovers", () -> !events.isEmpty());
        events.forEach(StreamEvent::close);
        Await.until("the budget is free", () -> budget.used() == 0);
    }

    @Test
    void unfinishedEventsShareTheBudget() {
        server.on(PATH, request -> begin(request, "data: " + "x".repeat(400_000)));
        for (int i = 0; i < 8; i++) {
            connect();
        }

        Await.until("streams fail", () -> failures(UpstreamException.Kind.OVERLOADED) >= 20);

        assertThat(budget.used()).isLessThanOrEqualTo(1_000_000);
        streams.forEach(stream -> vertx.runOnContext(run -> stream.stop()));
        Await.until("the budget is free", () -> budget.used() == 0);
    }

    @Test
    void aRefusedStreamLogsNoErrorOfTheConnection() {
        // The rest of the body is still awaited when the connection closes.
        server.on(
                PATH,
                request ->
                        request.response().setStatusCode(404).setChunked(true).write("not found"));
        try (LogLines lines = LogLines.ofAll()) {
            connect();
            Await.until("streams fail", () -> failures(UpstreamException.Kind.STATUS) >= 3);

            assertThat(lines.all()).noneMatch(line -> line.startsWith("ERROR"));
        }
    }

    @Test
    void anEventIsHeldUntilItIsClosed() {
        server.on(PATH, request -> begin(request, "data: " + "x".repeat(400_000) + "\n\n"));
        connect();
        Await.until("an event arrives", () -> !events.isEmpty());

        Await.until("only the event is held", () -> budget.used() >= 400_000 && budget.used() < 400_010);
        events.remove().close();
        assertThat(budget.used()).isZero();
    }
}
