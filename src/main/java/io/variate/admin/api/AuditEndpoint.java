package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.management.AuditEntry;
import io.variate.management.Management;
import io.variate.management.Page;
import io.variate.management.format.ProjectIds;
import io.variate.store.AuditQuery;
import io.variate.web.ResponseHeaders;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/1/audit}: who changed what, newest first, as pages or as a stream of newline-delimited JSON. */
final class AuditEndpoint {
    private static final CharSequence NDJSON = HttpHeaders.createOptimized("application/x-ndjson");
    private static final int STREAMED_PAGE = 200;
    private static final int MOST_DIGITS = 18;

    private final Management management;

    AuditEndpoint(Management management) {
        this.management = management;
    }

    /** Answers with one page; completes with null if the answer is a stream, which has started. */
    Future<@Nullable Answer> list(ApiRequest request) {
        Query query = request.query();
        Paging paging = Paging.of(query);
        String project = query.optional("projectId");
        AuditQuery selection = new AuditQuery(
                project == null ? null : ProjectIds.project(project),
                resource(query),
                query.optional("actor"),
                query.optional("action"),
                query.time("start"),
                query.time("end"));
        if (wantsStream(request)) {
            return stream(request, selection);
        }
        return management
                .audit(request.caller(), selection, query.integer("cursor", 0, Long.MAX_VALUE, 0), paging.limit())
                .compose(page -> request.onWorker(
                        () -> Answer.json(ReadEndpoints.page("entries", page, AuditEndpoint::toJson))));
    }

    private static @Nullable Long resource(Query query) {
        String text = query.optional("resourceId");
        if (text == null) {
            return null;
        }
        // No resource has an id that is not a positive number.
        return text.length() <= MOST_DIGITS && text.matches("[1-9][0-9]*") ? Long.parseLong(text) : 0L;
    }

    private static boolean wantsStream(ApiRequest request) {
        return request.context().request().headers().getAll(HttpHeaders.ACCEPT).stream()
                .anyMatch(accept -> accept.toLowerCase(Locale.ROOT).contains(NDJSON));
    }

    // Streams

    /** Reads the next page only when the client has taken the previous one, so a slow client holds one page. */
    private Future<@Nullable Answer> stream(ApiRequest request, AuditQuery selection) {
        return page(request, selection, 0).map(first -> {
            request.context()
                    .response()
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, NDJSON)
                    .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE);
            send(request, selection, first);
            return null;
        });
    }

    private Future<Page<AuditEntry>> page(ApiRequest request, AuditQuery selection, long cursor) {
        return management.audit(request.caller(), selection, cursor, STREAMED_PAGE);
    }

    private void send(ApiRequest request, AuditQuery selection, Page<AuditEntry> page) {
        HttpServerResponse response = request.context().response();
        request.onWorker(() -> lines(page.elements()))
                .compose(lines -> response.closed() ? Future.failedFuture("the client is gone") : write(response, lines))
                .compose(written -> {
                    Long next = page.nextCursor();
                    return next == null ? Future.succeededFuture() : page(request, selection, next);
                })
                .onSuccess(next -> {
                    if (next == null) {
                        response.end();
                    } else {
                        send(request, selection, next);
                    }
                })
                // The client sees that the stream is incomplete.
                .onFailure(failure -> response.reset());
    }

    /** Completes when the socket has taken the bytes. */
    private static Future<Void> write(HttpServerResponse response, Buffer lines) {
        return lines.length() == 0 ? Future.succeededFuture() : response.write(lines);
    }

    private static Buffer lines(List<AuditEntry> entries) {
        StringBuilder lines = new StringBuilder();
        entries.forEach(entry -> lines.append(LoneSurrogates.escape(Json.write(toJson(entry)))).append('\n'));
        return Buffer.buffer(lines.toString());
    }

    private static Map<String, @Nullable Object> toJson(AuditEntry entry) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("number", entry.number());
        return tree;
    }
}
