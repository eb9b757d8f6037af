package io.variate.upstream;

import io.variate.cohorts.CohortId;
import io.variate.cohorts.CohortStaging;
import io.variate.cohorts.IncomingCohort;
import io.variate.cohorts.InvalidCohortException;
import io.variate.cohorts.StagedCohort;
import io.variate.upstream.UpstreamClient.Head;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.streams.WriteStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Downloads cohorts from the upstream to disk. Futures complete on the Vert.x context of the caller. */
final class CohortDownloader {
    private static final Map<String, String> HEADERS = Map.of("Accept", "application/json");

    private final UpstreamClient client;
    private final URI base;
    private final Duration timeout;
    private final CohortStaging staging;

    /**
     * @param base URL of the cohort API, without a trailing slash
     * @param timeout of a body with little progress
     */
    CohortDownloader(UpstreamClient client, URI base, Duration timeout, CohortStaging staging) {
        this.client = client;
        this.base = base;
        this.timeout = timeout;
        this.staging = staging;
    }

    /** What the upstream says about a cohort. */
    sealed interface Answer {
        /** The cohort is as it was at the given {@code lastModified}. */
        record Unchanged() implements Answer {}

        /** The cohort has this content; the receiver of the answer discards it after use. */
        record Changed(StagedCohort cohort) implements Answer {}

        /** No such cohort exists. */
        record Unknown() implements Answer {}

        /** The cohort exceeds a limit. */
        record TooLarge(String reason) implements Answer {}
    }

    /**
     * Requests one cohort.
     *
     * @param lastModified of the version that this node has, or null
     * @return fails with an {@link UpstreamException}, or another exception if the disk fails
     */
    Future<Answer> download(CohortId id, Credentials credentials, @Nullable Long lastModified) {
        Receiver receiver = new Receiver(id);
        return client.download(uri(id, lastModified), credentials, HEADERS, receiver::receive)
                .compose(head -> receiver.answer(head, lastModified))
                .recover(receiver::failed);
    }

    private URI uri(CohortId id, @Nullable Long lastModified) {
        String segment = URLEncoder.encode(id.id(), StandardCharsets.UTF_8).replace("+", "%20");
        return URI.create(base + "/sdk/v1/cohort/" + segment + "?maxCohortSize=" + staging.maxMembers()
                + (lastModified == null ? "" : "&lastModified=" + lastModified));
    }

    /** One request. */
    private final class Receiver {
        private final CohortId id;
        private @Nullable IncomingCohort download;

        Receiver(CohortId id) {
            this.id = id;
        }

        @Nullable
        WriteStream<Buffer> receive(Head head) {
            if (head.status() != 200) {
                return null;
            }
            download = staging.receive(id, declaredBytes(head), timeout);
            return download;
        }

        /** Completes the request after the end of the body. */
        Future<Answer> answer(Head head, @Nullable Long lastModified) {
            IncomingCohort received = download;
            if (received != null) {
                return received.finish().map(Answer.Changed::new);
            }
            return switch (head.status()) {
                case 204 ->
                    lastModified == null
                            ? Future.failedFuture(new UpstreamException(
                                    UpstreamException.Kind.INVALID,
                                    "the upstream sent no members of an unknown version"))
                            : Future.succeededFuture(new Answer.Unchanged());
                case 404 -> Future.succeededFuture(new Answer.Unknown());
                case 413 ->
                    Future.succeededFuture(
                            new Answer.TooLarge("the cohort has more than " + staging.maxMembers() + " members"));
                default -> Future.failedFuture(head.failure());
            };
        }

        Future<Answer> failed(Throwable failure) {
            IncomingCohort received = download;
            Future<Void> discarded = received == null ? Future.succeededFuture() : received.discard();
            return discarded.transform(done -> outcome(failure));
        }

        private static Future<Answer> outcome(Throwable failure) {
            if (!(failure instanceof InvalidCohortException invalid)) {
                return Future.failedFuture(failure);
            }
            return invalid.isTooLarge()
                    ? Future.succeededFuture(new Answer.TooLarge(String.valueOf(invalid.getMessage())))
                    : Future.failedFuture(new UpstreamException(
                            UpstreamException.Kind.INVALID,
                            "the upstream did not send a cohort: " + invalid.getMessage()));
        }
    }

    /** The length of the body on the wire, or 0 if it is not declared. */
    private static long declaredBytes(Head head) {
        try {
            String length = head.headers().get(HttpHeaders.CONTENT_LENGTH);
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
