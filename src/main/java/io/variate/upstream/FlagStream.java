package io.variate.upstream;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the flag stream of a deployment: reconnects after silence or a failure. Belongs to one Vert.x context.
 *
 * <p>Source of the times: the SDKs of Amplitude. Servers send an event at least every 15 s.
 */
final class FlagStream {
    private static final int OK = 200;

    /**
     * Times of a stream.
     *
     * @param silence without a byte, after which the connection counts as lost
     * @param firstRetry the first pause after a failure, which doubles
     * @param maxRetry the longest pause
     */
    record Timing(Duration silence, Duration firstRetry, Duration maxRetry) {
        static Timing of(Duration maxBackoff) {
            Duration first = Duration.ofSeconds(15);
            return new Timing(Duration.ofSeconds(17), first, maxBackoff.compareTo(first) < 0 ? first : maxBackoff);
        }
    }

    private final Vertx vertx;
    private final UpstreamClient client;
    private final URI uri;
    private final Credentials credentials;
    private final Timing timing;
    private final Consumer<StreamEvent> events;
    private final UpstreamStatus.Resource status;
    private final Backoff backoff;

    /** Pauses after a connection that worked: it is lost when the upstream restarts, and all nodes reconnect. */
    private final Backoff reconnect;

    private @Nullable HttpClientResponse connection;
    private @Nullable EventReader reader;
    private long timer = -1;
    private boolean stopped;

    /**
     * Does nothing before {@link #connect}.
     *
     * @param events called with each event that is not a keep-alive, which it closes
     */
    FlagStream(
            Vertx vertx,
            UpstreamClient client,
            URI uri,
            Credentials credentials,
            Timing timing,
            Consumer<StreamEvent> events,
            UpstreamStatus.Resource status) {
        this.vertx = vertx;
        this.client = client;
        this.uri = uri;
        this.credentials = credentials;
        this.timing = timing;
        this.events = events;
        this.status = status;
        this.backoff =
                new Backoff(timing.firstRetry(), timing.maxRetry(), java.util.random.RandomGenerator.getDefault());
        this.reconnect = new Backoff(timing.firstRetry());
    }

    void connect() {
        if (stopped) {
            return;
        }
        client.openStream(uri, credentials, Map.of("Accept", "text/event-stream", "Cache-Control", "no-cache"))
                .onFailure(this::fail)
                .onSuccess(this::read);
    }

    private void read(HttpClientResponse response) {
        if (stopped) {
            close(response);
            return;
        }
        String type = response.getHeader("Content-Type");
        if (response.statusCode() != OK || type == null || !type.startsWith("text/event-stream")) {
            UpstreamException failure = response.statusCode() == OK
                    ? new UpstreamException(UpstreamException.Kind.INVALID, "the upstream sent no event stream")
                    : client.head(response).failure();
            close(response);
            fail(failure);
            return;
        }
        connection = response;
        EventReader events = new EventReader(client.budget(), this::receive);
        reader = events;
        response.exceptionHandler(failure -> lost(response, failure));
        response.endHandler(end -> lost(response, null));
        response.handler(part -> receive(response, events, part));
        awaitNext(response);
        response.resume();
    }

    private void receive(HttpClientResponse response, EventReader events, Buffer part) {
        if (connection != response) {
            return;
        }
        awaitNext(response);
        try {
            events.handle(part);
        } catch (Throwable e) {
            // Also an error, such as no memory: the next connection may succeed.
            lost(response, e);
        }
    }

    private void receive(StreamEvent event) {
        backoff.reset();
        reconnect.reset();
        status.succeeded();
        if (event.data().isBlank()) {
            event.close();
        } else {
            events.accept(event);
        }
    }

    private void awaitNext(HttpClientResponse response) {
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(
                timing.silence().toMillis(),
                over -> lost(
                        response,
                        new UpstreamException(UpstreamException.Kind.TIMEOUT, "the flag stream sent no keep-alive")));
    }

    /** @param failure null if the upstream ended the stream */
    private void lost(HttpClientResponse response, @Nullable Throwable failure) {
        if (connection != response) {
            return;
        }
        disconnect(response);
        Throwable reason = failure == null
                ? new UpstreamException(UpstreamException.Kind.UNREACHABLE, "the upstream ended the flag stream")
                : failure;
        if (status.isUp()) {
            status.failed(reason);
            retryAfter(reconnect.afterFailure(reason));
        } else {
            fail(reason);
        }
    }

    private void fail(Throwable failure) {
        if (!stopped) {
            status.failed(failure);
            retryAfter(backoff.afterFailure(failure));
        }
    }

    private void retryAfter(Duration pause) {
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(Math.max(1, pause.toMillis()), over -> connect());
    }

    private void disconnect(HttpClientResponse response) {
        connection = null;
        if (reader != null) {
            reader.close();
            reader = null;
        }
        close(response);
    }

    /** An unread response fails when its connection closes, which is no news then. */
    private static void close(HttpClientResponse response) {
        response.exceptionHandler(closed -> {});
        response.request().connection().close();
    }

    void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        HttpClientResponse open = connection;
        if (open != null) {
            disconnect(open);
        }
    }
}
