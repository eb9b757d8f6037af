package io.variate.upstream;

import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.TooLongFrameException;
import io.variate.config.Release;
import io.variate.config.Upstream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A polite HTTP client for one upstream: HTTP/1.1 with keep-alive and compression, a bounded number of requests at a time,
 * no redirects, since a credential must not reach another host. Thread-safe; futures complete on the context of the caller.
 *
 * <p>All failures are {@link UpstreamException}s without credentials.
 */
public final class UpstreamClient {
    /** Sent as {@code User-Agent} and as {@code X-Amp-Exp-Library}, by which Amplitude tells libraries apart. */
    static final String LIBRARY = "variate/" + Release.version();

    private static final CharSequence LIBRARY_HEADER = HttpHeaders.createOptimized("X-Amp-Exp-Library");

    /** Requests that wait for their turn. */
    private static final int MAX_WAITING = 100_000;

    /** Bound of a body that only its status matters of. */
    private static final int MAX_DISCARDED_BYTES = 1024 * 1024;

    /** Connections to one host: each stream occupies one. Requests have a bound of their own. */
    private static final int MAX_CONNECTIONS = 10_000;

    /** Shorter than that of common servers and balancers, which is a minute: a request could meet the end of a connection. */
    private static final int KEEP_ALIVE_SECONDS = 30;

    private final Vertx vertx;
    private final HttpClient requests;
    private final HttpClient streams;
    private final RequestSlots slots;
    private final BodyBudget budget;
    private final Duration timeout;
    private final Clock clock;

    /** A client without connections yet. */
    public UpstreamClient(Vertx vertx, Upstream settings) {
        this(vertx, settings, BodyBudget.ofHeap());
    }

    UpstreamClient(Vertx vertx, Upstream settings, BodyBudget budget) {
        this.vertx = vertx;
        this.budget = budget;
        PoolOptions pool = new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS);
        this.requests = vertx.createHttpClient(
                new HttpClientOptions().setDecompressionSupported(true).setKeepAliveTimeout(KEEP_ALIVE_SECONDS), pool);
        this.streams = vertx.createHttpClient(new HttpClientOptions(), pool);
        this.slots = new RequestSlots(vertx, settings.maxRequests(), MAX_WAITING);
        this.timeout = settings.timeout();
        this.clock = Clock.systemUTC();
    }

    /**
     * The head of an answer.
     *
     * @param retryAfter the pause that the upstream asks for, or null
     */
    public record Head(
            int status, MultiMap headers, @Nullable Duration retryAfter) {

        /** The failure that this status means. */
        public UpstreamException failure() {
            return UpstreamException.ofStatus(status, retryAfter);
        }
    }

    /** An answer with its whole body, decompressed. */
    public record Response(Head head, Buffer body) {

        public int status() {
            return head.status();
        }

        /** The first value of a header, or null. */
        public @Nullable String header(CharSequence name) {
            return head.headers().get(name);
        }
    }

    /**
     * Requests a small body.
     *
     * @param headers in addition to those of each request
     * @param maxBytes bound of the decompressed body, which also has the bound of {@link BodyBudget}
     * @param reader called with the answer, whatever its status; the body is not kept after the future of the reader
     * @return what the reader returns
     */
    <T> Future<T> get(
            URI uri,
            Credentials credentials,
            Map<String, String> headers,
            int maxBytes,
            Function<Response, Future<T>> reader) {
        return slots.run(false, () -> {
            BodyBudget.Reservation reservation = budget.open();
            return send(requests, uri, credentials, headers)
                    .compose(response -> body(response, reservation, Math.min(maxBytes, budget.maxBodyBytes()))
                            .map(body -> new Response(head(response), body)))
                    .recover(UpstreamClient::<Response>translate)
                    .compose(reader)
                    .onComplete(done -> reservation.close());
        });
    }

    /** The bytes of the upstream that this node holds. */
    BodyBudget budget() {
        return budget;
    }

    /**
     * Requests a large body, and writes it with back-pressure.
     *
     * @param receiver called with the head of the answer: returns the stream to write the decompressed body to, or null to
     *     discard it. The stream is ended after the body. It is not ended if the request fails
     * @return the head, once the stream has ended
     */
    public Future<Head> download(
            URI uri,
            Credentials credentials,
            Map<String, String> headers,
            Function<Head, @Nullable WriteStream<Buffer>> receiver) {
        return slots.run(true, () -> send(requests, uri, credentials, headers)
                .compose(response -> {
                    Head head = head(response);
                    WriteStream<Buffer> out = receiver.apply(head);
                    return (out == null ? discard(response) : new IncomingBody(response).pipeTo(vertx, timeout, out))
                            .map(head);
                })
                .recover(UpstreamClient::translate));
    }

    /** Unlike the other requests, a stream takes no slot and may be silent, because it does not end. */
    Future<HttpClientResponse> openStream(URI uri, Credentials credentials, Map<String, String> headers) {
        return send(streams, uri, credentials, headers).recover(UpstreamClient::translate);
    }

    Head head(HttpClientResponse response) {
        MultiMap headers = response.headers();
        return new Head(response.statusCode(), headers, RetryAfter.read(headers.get(HttpHeaders.RETRY_AFTER), clock));
    }

    /** The response is paused until its body is read. */
    private Future<HttpClientResponse> send(
            HttpClient http, URI uri, Credentials credentials, Map<String, String> headers) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(uri.toString())
                .setFollowRedirects(false)
                .setConnectTimeout(timeout.toMillis())
                .setIdleTimeout(timeout.toMillis())
                .putHeader(HttpHeaders.AUTHORIZATION, credentials.header())
                .putHeader(HttpHeaders.USER_AGENT, LIBRARY)
                .putHeader(LIBRARY_HEADER, LIBRARY);
        headers.forEach(options::putHeader);
        return http.request(options).compose(HttpClientRequest::send).onSuccess(HttpClientResponse::pause);
    }

    private Future<Buffer> body(HttpClientResponse response, BodyBudget.Reservation reservation, int maxBytes) {
        Buffer body = Buffer.buffer();
        return new IncomingBody(response)
                .readTo(vertx, timeout, part -> {
                    if (body.length() + (long) part.length() > maxBytes) {
                        throw new UpstreamException(
                                UpstreamException.Kind.TOO_LARGE, "the upstream sent more than " + maxBytes + " bytes");
                    }
                    reservation.resize(body.length() + (long) part.length());
                    body.appendBuffer(part);
                })
                .map(body);
    }

    private Future<Void> discard(HttpClientResponse response) {
        AtomicInteger bytes = new AtomicInteger();
        return new IncomingBody(response).readTo(vertx, timeout, part -> {
            if (bytes.addAndGet(part.length()) > MAX_DISCARDED_BYTES) {
                throw new UpstreamException(
                        UpstreamException.Kind.TOO_LARGE,
                        "the upstream sent more than " + MAX_DISCARDED_BYTES + " bytes without a success");
            }
        });
    }

    /** Failures of the receiver of a download stay as they are. */
    private static <T> Future<T> translate(Throwable failure) {
        return Future.failedFuture(translated(failure));
    }

    private static Throwable translated(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return new UpstreamException(UpstreamException.Kind.TIMEOUT, "the upstream did not answer in time");
        }
        if (failure instanceof IOException || failure instanceof VertxException) {
            String message = failure.getMessage();
            return new UpstreamException(
                    UpstreamException.Kind.UNREACHABLE,
                    message == null ? failure.getClass().getSimpleName() : message);
        }
        if (failure instanceof TooLongFrameException) {
            return new UpstreamException(
                    UpstreamException.Kind.TOO_LARGE,
                    "the upstream sent a longer line or header than HTTP clients accept");
        }
        if (failure instanceof CodecException) {
            return new UpstreamException(
                    UpstreamException.Kind.INVALID, "the upstream sent a body that cannot be decompressed");
        }
        return failure;
    }

    /** Closes all connections; requests in flight fail. */
    public Future<Void> close() {
        return requests.close().eventually(streams::close);
    }
}
