package io.variate.upstream;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One set of flags of the upstream, requested conditionally. Belongs to one Vert.x context. */
final class UpstreamFlags {
    /** The largest integer that every JSON reader keeps. */
    private static final long MAX_REVISION = 1L << 53;

    private static final String REVISION = "X-Variate-Revision";
    private static final int OK = 200;
    private static final int NOT_MODIFIED = 304;

    private final Vertx vertx;
    private final UpstreamClient client;
    private final URI uri;
    private final Credentials credentials;
    private final Map<String, String> toVariate;

    /** Whether the last answer came from another Variate. */
    private boolean isOfVariate;

    private @Nullable String entityTag;
    private @Nullable FlagSet flags;
    private @Nullable Long revision;

    /** @param toVariate headers for another Variate only, which is recognized by the revision in its answers */
    UpstreamFlags(Vertx vertx, UpstreamClient client, URI uri, Credentials credentials, Map<String, String> toVariate) {
        this.vertx = vertx;
        this.client = client;
        this.uri = uri;
        this.credentials = credentials;
        this.toVariate = toVariate;
    }

    /**
     * What a request found.
     *
     * @param revision of the ruleset upstream, if it is a Variate
     */
    record Found(
            FlagSet flags,
            @Nullable Long revision,
            @Nullable String entityTag) {}

    /** Requests the set, without a change of this object. */
    Future<Found> request() {
        boolean withHeaders = isOfVariate;
        return request(withHeaders ? toVariate : Map.of()).compose(found -> {
            isOfVariate = found.revision() != null;
            return isOfVariate && !withHeaders && !toVariate.isEmpty()
                    ? request(toVariate)
                    : Future.succeededFuture(found);
        });
    }

    private Future<Found> request(Map<String, String> headers) {
        Map<String, String> conditional = new HashMap<>(headers);
        FlagSet known = flags;
        String tag = entityTag;
        if (known != null && tag != null) {
            conditional.put(HttpHeaders.IF_NONE_MATCH.toString(), tag);
        }
        return client.get(uri, credentials, conditional, Integer.MAX_VALUE, response -> {
            Long found = revision(response.header(REVISION));
            if (response.status() == NOT_MODIFIED && known != null) {
                return Future.succeededFuture(new Found(known, found, tag));
            }
            if (response.status() != OK) {
                return Future.failedFuture(response.head().failure());
            }
            return read(() -> response.body().toString(), known)
                    .map(read -> new Found(read, found, response.header(HttpHeaders.ETAG)));
        });
    }

    /** Reads a set on a worker thread. */
    Future<FlagSet> read(String json) {
        return read(() -> json, flags);
    }

    /** One set of a context after the other, since a set takes a multiple of its text while it is read. */
    private Future<FlagSet> read(Supplier<String> json, @Nullable FlagSet known) {
        return vertx.executeBlocking(() -> FlagSet.read(json.get(), known == null ? FlagSet.EMPTY : known), true);
    }

    /** Null also for numbers that leave no room for later revisions. */
    private static @Nullable Long revision(@Nullable String header) {
        try {
            Long number = header == null ? null : Long.valueOf(header);
            return number == null || number < 0 || number > MAX_REVISION ? null : number;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    void accept(Found found) {
        flags = found.flags();
        revision = found.revision();
        entityTag = found.entityTag();
    }

    /** Null until the first success. */
    @Nullable
    FlagSet flags() {
        return flags;
    }

    /** The revision of the ruleset upstream at the last success, if it is a Variate. */
    @Nullable
    Long revision() {
        return revision;
    }
}
