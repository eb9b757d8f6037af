package io.variate.admin.console;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.admin.Replies;
import io.variate.management.Management;
import io.variate.management.access.Authenticated;
import io.variate.management.access.Authenticator;
import io.variate.management.format.ProjectIds;
import io.variate.observability.MetricNames;
import io.variate.store.ChangeLog;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.HeadRequests;
import io.variate.web.ResponseHeaders;
import io.variate.web.connections.Reservation;
import io.variate.web.decoding.QueryString;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/1/changes}: audit entries that the caller may see, as server-sent events. A stream ends with the session or
 * token of its client.
 */
public final class ChangesEndpoint implements Endpoints {
    private static final String PATH = "/api/1/changes";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    /** What may wait for a client that reads slowly: a page of changes after a part of one. */
    private static final int MOST_UNREAD_BYTES = 16_384;

    private static final int MEMORY_OF_A_STREAM = 131_072;

    /** A stream occupies its connection, so others are reserved for requests. */
    private static final int MOST_STREAMS = 200;

    private static final int TICKS_BETWEEN_HEARTBEATS = 15;

    private static final ApiError NOT_MANAGED_HERE = new ApiError(
            409, "not_managed_here", "this node manages no flags, because its ruleset is not that of PostgreSQL");
    private static final ApiError UNKNOWN_PROJECT =
            new ApiError(404, "unknown_project", "no project has this id", "projectId");
    private static final ApiError OVERLOADED =
            new ApiError(503, "overloaded", "this node has as many streams of changes as it can have; retry later");

    private static final ApiError UNAVAILABLE =
            new ApiError(503, "database_unavailable", "PostgreSQL is unavailable to read changes; retry later");

    private final Vertx vertx;
    private final @Nullable ChangeLog changes;
    private final @Nullable Management management;
    private final Authenticator authenticator;
    private final int mostStreams;
    private volatile @Nullable ChangeFeed feed;
    private long ticks;
    private boolean stopping;

    /**
     * Streams the changes of a database.
     *
     * @param changes null if this node manages no resources, like {@code management}
     * @param connections of the admin port; streams may occupy half of them
     */
    public ChangesEndpoint(
            Vertx vertx,
            @Nullable ChangeLog changes,
            @Nullable Management management,
            Authenticator authenticator,
            int connections,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.changes = changes;
        this.management = management;
        this.authenticator = authenticator;
        this.mostStreams = Math.min(MOST_STREAMS, connections / 2);
        metrics.gauge(MetricNames.CHANGE_STREAMS_OPEN, this, ChangesEndpoint::openStreams);
    }

    @Override
    public void addTo(Router router) {
        if (changes != null && management != null) {
            feed = new ChangeFeed(vertx, changes, management, this::tick);
        }
        router.get(PATH).handler(this::open);
        router.route(PATH).handler(Replies.onlyAllows("GET, HEAD"));
    }

    private int openStreams() {
        ChangeFeed present = feed;
        return present == null ? 0 : present.size();
    }

    @Override
    public Future<?> drain() {
        stopping = true;
        ChangeFeed present = feed;
        return present == null ? Future.succeededFuture() : present.close();
    }

    private void open(RoutingContext context) {
        HttpServerRequest request = context.request();
        Authenticated authenticated = Authenticated.of(context);
        String id = QueryString.first(request.query(), "projectId");
        String project = id == null ? null : ProjectIds.project(id);
        ChangeFeed present = feed;
        if (present == null) {
            Replies.error(context, NOT_MANAGED_HERE);
        } else if (project != null && !authenticated.caller().sees(project)) {
            Replies.error(context, UNKNOWN_PROJECT);
        } else if (HeadRequests.isBodiless(request.response())) {
            putHeaders(request.response()).end();
        } else {
            Reservation memory =
                    stopping || present.size() >= mostStreams ? null : Reservation.of(request, MEMORY_OF_A_STREAM);
            if (memory == null) {
                Replies.error(context, OVERLOADED);
            } else {
                open(present, context, memory, authenticated, project);
            }
        }
    }

    private static void open(
            ChangeFeed feed,
            RoutingContext context,
            Reservation memory,
            Authenticated authenticated,
            @Nullable String project) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = putHeaders(request.response());
        ChangeStream stream = new ChangeStream(
                request, memory, authenticated.credential(), authenticated.caller(), project, MOST_UNREAD_BYTES);
        response.closeHandler(closed -> feed.remove(stream));
        feed.add(stream, lastEvent(request)).onFailure(failure -> Replies.error(context, UNAVAILABLE));
    }

    private static HttpServerResponse putHeaders(HttpServerResponse response) {
        return response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader("X-Accel-Buffering", "no");
    }

    /** Null to begin now; a number that no change has if the header is not one, so that the client loads everything again. */
    private static @Nullable Long lastEvent(HttpServerRequest request) {
        List<String> sent = request.headers().getAll("Last-Event-ID");
        if (sent.isEmpty()) {
            return null;
        }
        return sent.size() == 1 && NUMBER.matcher(sent.get(0)).matches() ? Long.parseLong(sent.get(0)) : Long.MAX_VALUE;
    }

    private void tick(Set<ChangeStream> streams) {
        ticks++;
        streams.forEach(this::check);
        if (ticks % TICKS_BETWEEN_HEARTBEATS == 0) {
            streams.forEach(this::beat);
        }
    }

    private void check(ChangeStream stream) {
        authenticator.recheck(stream.credential()).onComplete(checked -> {
            Authenticated present = checked.result();
            if (present == null || !stream.update(present.caller())) {
                end(stream);
            }
        });
    }

    private void beat(ChangeStream stream) {
        ChangeFeed present = feed;
        if (!stream.beat() && present != null) {
            present.remove(stream);
            stream.cut();
        }
    }

    private void end(ChangeStream stream) {
        ChangeFeed present = feed;
        if (present != null) {
            present.remove(stream);
            stream.end();
        }
    }
}
