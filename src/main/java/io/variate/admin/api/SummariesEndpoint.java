package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.management.Summaries;
import io.variate.management.format.ProjectIds;
import io.variate.management.reports.FlagAge;
import io.variate.management.reports.ServedFlags;
import io.variate.management.reports.ServedVariants;
import io.variate.management.reports.StaleReason;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.store.SummarizedFlag;
import io.variate.store.SummaryIndex;
import io.variate.store.SummaryIndex.Element;
import io.variate.web.EntityTag;
import io.variate.web.Failures;
import io.variate.web.InvalidRequestException;
import io.variate.web.connections.Reservation;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/1/summaries}: all flags and experiments of a project in short, newest change first, as newline-delimited
 * JSON. Memory does not depend on the size of the flags, and hardly on their number. Used on the event loop.
 */
final class SummariesEndpoint {
    /** A piece of the list has so many flags at most. */
    private static final int PIECE = 1_000;

    /** The summaries of a piece have so many bytes, unless one has more. */
    private static final int PIECE_BYTES = 256 * 1024;

    /** What a request holds for the piece that it renders: rows, trees, text and compressed text. */
    private static final long WORKING_BYTES = 8L * PIECE_BYTES;

    private static final int ELEMENT_BYTES = 40;

    /** As the report of stale flags by default. */
    private static final Duration STALE_AFTER = Duration.ofDays(30);

    private final Summaries summaries;
    private final CurrentRuleset current;
    private final Clock clock;
    private final ServedFlags served = new ServedFlags();

    /** @param current the ruleset that decides which flags are stale */
    SummariesEndpoint(Summaries summaries, CurrentRuleset current, Clock clock) {
        this.summaries = summaries;
        this.current = current;
        this.clock = clock;
    }

    /** Completes with null after the stream. */
    Future<@Nullable Answer> list(ApiRequest request) {
        String id = request.query().optional("projectId");
        String project = id == null ? "" : ProjectIds.project(id);
        Reservation memory = Reservation.ofAnswer(request.context().request());
        return reserve(memory, WORKING_BYTES)
                .compose(reserved -> summaries.index(request.caller(), project))
                .compose(index -> reserve(
                                memory, (long) ELEMENT_BYTES * index.elements().size())
                        .compose(reserved -> send(request, project, index)))
                .onComplete(over -> memory.release())
                .mapEmpty();
    }

    private static Future<Void> reserve(Reservation memory, long bytes) {
        return memory.take(bytes)
                ? Future.succeededFuture()
                : Future.failedFuture(new InvalidRequestException(Failures.OVERLOADED));
    }

    private Future<Void> send(ApiRequest request, String project, SummaryIndex index) {
        Instant now = clock.instant();
        Ruleset ruleset = current.get();
        HttpServerResponse response = request.context().response();
        String tag = tag(index, ruleset, now);
        response.putHeader(HttpHeaders.ETAG, tag).putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        if (EntityTag.isKnown(request.context().request().headers(), tag.substring("W/".length()))) {
            return response.setStatusCode(304).end();
        }
        return request.onWorker(() -> served(project, ruleset))
                .compose(variants -> LineResponse.send(
                        request,
                        lines -> send(
                                lines, project, new Rendering(variants, index.countedSince(), now), index.elements())));
    }

    /** Reasons of staleness also depend on the time, by the hour at most. */
    private static String tag(SummaryIndex index, @Nullable Ruleset ruleset, Instant now) {
        long hash = EntityTag.start(index.fingerprint());
        hash = EntityTag.mix(
                hash, index.lastEvaluated() == null ? 0 : index.lastEvaluated().toEpochMilli());
        hash = EntityTag.mix(hash, now.truncatedTo(ChronoUnit.HOURS).toEpochMilli());
        return "W/" + EntityTag.of(ruleset == null ? -1 : ruleset.revision(), hash);
    }

    private Map<String, ServedVariants> served(String project, @Nullable Ruleset ruleset) {
        if (ruleset == null) {
            return Map.of();
        }
        served.retain(ruleset.projects());
        return served.of(project, ruleset.flags(project));
    }

    private Future<Void> send(LineResponse lines, String project, Rendering rendering, List<Element> rest) {
        if (rest.isEmpty()) {
            return Future.succeededFuture();
        }
        List<Long> ids = piece(rest);
        return summaries
                .page(project, ids)
                .compose(flags -> lines.write(() -> rendering.lines(flags)))
                .compose(written -> send(lines, project, rendering, rest.subList(ids.size(), rest.size())));
    }

    private static List<Long> piece(List<Element> elements) {
        List<Long> ids = new ArrayList<>();
        long bytes = 0;
        for (Element element : elements) {
            bytes += element.bytes();
            if (!ids.isEmpty() && (bytes > PIECE_BYTES || ids.size() == PIECE)) {
                break;
            }
            ids.add(element.id());
        }
        return ids;
    }

    /** Renders flags with what is known about their use. Immutable. */
    private record Rendering(Map<String, ServedVariants> served, Instant countedSince, Instant now) {
        String lines(List<SummarizedFlag> flags) {
            StringBuilder lines = new StringBuilder();
            flags.forEach(flag ->
                    lines.append(LoneSurrogates.escape(Json.write(tree(flag)))).append('\n'));
            return lines.toString();
        }

        private Map<String, @Nullable Object> tree(SummarizedFlag flag) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            if (Json.parse(flag.summary()) instanceof Map<?, ?> summary) {
                summary.forEach((name, value) -> tree.put((String) name, value));
            }
            tree.put("version", flag.version());
            tree.put("createdAt", ResourceJson.time(flag.createdAt()));
            tree.put("createdBy", flag.createdBy());
            tree.put("lastModifiedAt", ResourceJson.time(flag.modifiedAt()));
            tree.put("lastModifiedBy", flag.modifiedBy());
            tree.put("lastEvaluated", flag.lastEvaluated() == null ? null : ResourceJson.time(flag.lastEvaluated()));
            tree.put("stale", stale(flag, tree));
            tree.put("groups", flag.groups().stream().map(String::valueOf).toList());
            return tree;
        }

        private List<String> stale(SummarizedFlag flag, Map<String, @Nullable Object> summary) {
            ServedVariants variants = served.get(flag.key());
            if (variants == null) {
                return List.of();
            }
            Set<StaleReason> reasons = new FlagAge(
                            variants,
                            flag.changedAt(),
                            flag.lastEvaluated(),
                            countedSince,
                            (String) summary.get("decision"),
                            (String) summary.get("endDate"))
                    .reasons(now, STALE_AFTER);
            return reasons.stream().map(StaleReason::text).toList();
        }
    }
}
