package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.management.Management;
import io.variate.management.format.ProjectIds;
import io.variate.store.AuditQuery;
import io.variate.store.StoredAuditEntry;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/1/audit}: who changed what, newest first, as pages or as a stream of newline-delimited JSON. */
final class AuditEndpoint {
    private static final int STREAMED_PAGE = 50;
    private static final int MOST_DIGITS = 18;

    private final Management management;

    AuditEndpoint(Management management) {
        this.management = management;
    }

    /** Answers with one page; completes with null after a stream. */
    Future<@Nullable Answer> list(ApiRequest request) {
        Query query = request.query();
        String project = query.optional("projectId");
        AuditQuery selection = new AuditQuery(
                project == null ? null : List.of(ProjectIds.project(project)),
                resource(query),
                query.optional("actor"),
                query.optional("action"),
                query.time("start", Query.FIRST_TIME),
                query.time("end", Query.LAST_TIME));
        if (wantsStream(request)) {
            return LineResponse.send(request, lines -> sendFrom(lines, request, selection, 0))
                    .mapEmpty();
        }
        long cursor = query.integer("cursor", 0, Long.MAX_VALUE, 0);
        return management
                .audit(request.caller(), selection, cursor, Paging.limit(query))
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
                .anyMatch(accept -> accept.toLowerCase(Locale.ROOT).contains(LineResponse.NDJSON));
    }

    // Streams

    private Future<Void> sendFrom(LineResponse lines, ApiRequest request, AuditQuery selection, long cursor) {
        return management
                .audit(request.caller(), selection, cursor, STREAMED_PAGE)
                .compose(page -> lines.write(() -> lines(page.elements())).compose(sent -> {
                    Long next = page.nextCursor();
                    return next == null ? Future.succeededFuture() : sendFrom(lines, request, selection, next);
                }));
    }

    private static String lines(List<StoredAuditEntry> entries) {
        StringBuilder lines = new StringBuilder();
        entries.forEach(entry ->
                lines.append(LoneSurrogates.escape(Json.write(toJson(entry)))).append('\n'));
        return lines.toString();
    }

    private static Map<String, @Nullable Object> toJson(StoredAuditEntry entry) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("number", entry.number());
        tree.put("at", ResourceJson.time(entry.at()));
        tree.put("actor", entry.actor());
        tree.put("door", entry.door());
        tree.put("reason", entry.reason());
        tree.put("requestId", entry.requestId());
        tree.put("action", entry.action());
        tree.put("kind", entry.kind());
        tree.put("resourceId", String.valueOf(entry.resource()));
        tree.put("projectId", ProjectIds.of(entry.project()));
        tree.put("label", entry.label());
        tree.put("version", entry.version());
        tree.put("revision", entry.revision());
        tree.put("diff", RowText.tree(entry.definitionDiff()));
        tree.put("compiledDiff", RowText.tree(entry.compiledDiff()));
        return tree;
    }
}
