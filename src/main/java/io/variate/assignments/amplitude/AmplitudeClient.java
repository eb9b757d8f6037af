package io.variate.assignments.amplitude;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.config.Amplitude;
import io.variate.config.Secret;
import io.variate.json.Json;
import io.variate.observability.MetricNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to Amplitude's ingestion endpoint, on a bounded number of connections. One per node; thread-safe, and never
 * blocks.
 */
public final class AmplitudeClient {
    /** Far above any documented answer. */
    private static final int MOST_ANSWER_BYTES = 4 << 20;

    private static final int LONGEST_REASON = 200;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\s]+");

    /** Why events are rejected permanently. */
    enum Rejection {
        NO_API_KEY,
        INVALID,
        TOO_LARGE;

        private String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Amplitude settings;
    private final HttpClient http;
    private final MeterRegistry metrics;
    private final Map<Rejection, Counter> rejected = new EnumMap<>(Rejection.class);

    /** Creates the client; connects only to send. It ends with Vert.x. */
    public AmplitudeClient(Vertx vertx, Amplitude settings, MeterRegistry metrics) {
        this.settings = settings;
        this.metrics = metrics;
        this.http = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int)
                        Math.min(Integer.MAX_VALUE, settings.timeout().toMillis())),
                new PoolOptions().setHttp1MaxSize(settings.maxRequests()));
        for (Rejection reason : Rejection.values()) {
            rejected.put(reason, metrics.counter(MetricNames.AMPLITUDE_REJECTED, "reason", reason.label()));
        }
    }

    Amplitude settings() {
        return settings;
    }

    void countRejected(Rejection reason, int events) {
        Counter counter = rejected.get(reason);
        if (counter != null) {
            counter.increment(events);
        }
    }

    /** The bytes of a request besides its events and the commas between them. */
    static int envelopeBytes(Secret apiKey) {
        return body(apiKey, List.of()).length();
    }

    private static Buffer body(Secret apiKey, List<AmplitudeEvent> events) {
        Buffer body = Buffer.buffer("{\"api_key\":" + Json.write(apiKey.value()) + ",\"events\":[");
        for (int i = 0; i < events.size(); i++) {
            if (i > 0) {
                body.appendByte((byte) ',');
            }
            body.appendBuffer(events.get(i).json());
        }
        // Users choose the form of their ids; Amplitude's default rejects those of fewer than five characters.
        return body.appendString("],\"options\":{\"min_id_length\":1}}");
    }

    /** Sends events; never fails. Completes within the timeout of the settings, on the caller's context. */
    Future<Answer> send(Secret apiKey, List<AmplitudeEvent> events) {
        Exchange exchange = new Exchange();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(settings.url().toString())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.ACCEPT, "application/json");
        return connect(options)
                .compose(request -> exchange.send(request, body(apiKey, events)))
                .timeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(failure -> exchange.abort())
                .otherwise(failure -> new Answer.Unavailable(0, reason(failure), null))
                .map(answer -> withoutSecret(answer, apiKey))
                .onSuccess(answer -> metrics.counter(MetricNames.AMPLITUDE_REQUESTS, "outcome", answer.label())
                        .increment());
    }

    private Future<HttpClientRequest> connect(RequestOptions options) {
        try {
            return http.request(options);
        } catch (IllegalStateException e) {
            return Future.failedFuture(e); // The client is closed, because Vert.x is.
        }
    }

    private String reason(Throwable failure) {
        return failure instanceof TimeoutException
                ? "no answer within " + settings.timeout().toMillis() + " ms"
                : failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    /** Removes the API key, which Amplitude or a proxy may quote, from texts for operators. */
    private static Answer withoutSecret(Answer answer, Secret apiKey) {
        if (answer instanceof Answer.Misconfigured misconfigured) {
            return new Answer.Misconfigured(misconfigured.status(), printable(misconfigured.reason(), apiKey));
        }
        if (answer instanceof Answer.Unavailable unavailable) {
            return new Answer.Unavailable(
                    unavailable.status(), printable(unavailable.reason(), apiKey), unavailable.retryAfter());
        }
        if (answer instanceof Answer.Invalid invalid) {
            return new Answer.Invalid(invalid.events(), invalid.devices(), printable(invalid.reason(), apiKey));
        }
        return answer;
    }

    private static String printable(String reason, Secret apiKey) {
        return printable(apiKey.value().isEmpty() ? reason : reason.replace(apiKey.value(), "***"));
    }

    /** A foreign text, cut and without characters that would forge or hide parts of log lines. */
    static String printable(String text) {
        String start = text.length() > LONGEST_REASON ? text.substring(0, LONGEST_REASON) + "…" : text;
        return UNPRINTABLE.matcher(start).replaceAll(" ").strip();
    }

    /** One request, which a timeout aborts in any phase. */
    private static final class Exchange {
        private @Nullable HttpClientRequest request;
        private boolean aborted;

        synchronized Future<Answer> send(HttpClientRequest created, Buffer body) {
            request = created;
            if (aborted) {
                created.reset();
                return Future.failedFuture("aborted");
            }
            return created.send(body).compose(Exchange::read);
        }

        synchronized void abort() {
            aborted = true;
            if (request != null) {
                request.reset();
            }
        }

        private static Future<Answer> read(HttpClientResponse response) {
            Promise<Answer> promise = Promise.promise();
            Buffer body = Buffer.buffer();
            response.handler(part -> {
                if (body.length() + part.length() > MOST_ANSWER_BYTES) {
                    promise.tryFail(new IllegalStateException("answer larger than " + MOST_ANSWER_BYTES + " bytes"));
                } else {
                    body.appendBuffer(part);
                }
            });
            response.exceptionHandler(promise::tryFail);
            response.endHandler(end -> promise.tryComplete(
                    Answer.of(response.statusCode(), response.getHeader(HttpHeaders.RETRY_AFTER), body)));
            return promise.future();
        }
    }
}
