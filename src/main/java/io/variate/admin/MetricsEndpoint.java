package io.variate.admin;

import io.variate.observability.Telemetry;
import io.variate.web.connections.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET /metrics}: one scrape at a time, at most ten per second. All requests that arrive before a scrape starts share
 * its text, so that a flood of requests costs little. Used on one event loop.
 */
final class MetricsEndpoint {
    private static final long INTERVAL_MILLIS = 100;

    private final Vertx vertx;
    private final Telemetry telemetry;
    private List<RoutingContext> waiting = new ArrayList<>();
    private boolean running;
    private long next = System.nanoTime();

    MetricsEndpoint(Vertx vertx, Telemetry telemetry) {
        this.vertx = vertx;
        this.telemetry = telemetry;
    }

    void answer(RoutingContext context) {
        waiting.add(context);
        proceed();
    }

    private void proceed() {
        if (running || waiting.isEmpty()) {
            return;
        }
        running = true;
        long millis = TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime());
        if (millis > 0) {
            vertx.setTimer(millis, due -> scrape());
        } else {
            scrape();
        }
    }

    private void scrape() {
        List<RoutingContext> requests = waiting;
        waiting = new ArrayList<>();
        next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        Future<Buffer> text = vertx.executeBlocking(() -> Wire.shared(Buffer.buffer(telemetry.scrape())), false);
        text.onComplete(done -> {
            running = false;
            requests.forEach(context -> answer(context, text));
            proceed();
        });
    }

    private static void answer(RoutingContext context, Future<Buffer> text) {
        if (text.failed()) {
            context.fail(text.cause());
        } else if (!context.response().closed()) {
            context.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                    .end(text.result());
        }
    }
}
