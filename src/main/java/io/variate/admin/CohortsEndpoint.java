package io.variate.admin;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortEditor;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.EffectiveCohorts;
import io.variate.cohorts.InvalidCohortException;
import io.variate.cohorts.UploadedCohorts;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.store.StoredCohort;
import io.variate.web.decoding.QueryString;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /api/1/cohorts}, {@code PUT|DELETE /api/1/cohorts/{id}}: the cohorts that are served, and uploads. */
public final class CohortsEndpoint {
    private static final Logger log = LoggerFactory.getLogger(CohortsEndpoint.class);
    private static final int LONGEST_NAME = 256;

    /** How long what is left of a refused body is read: closed with bytes unread, the client would not see why. */
    private static final long LINGER_MILLIS = 500;

    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final @Nullable CohortEditor editor;

    /**
     * Lists what is served, and changes what is stored.
     *
     * @param editor null if this node has no database
     */
    public CohortsEndpoint(CurrentRuleset current, UploadedCohorts uploaded, @Nullable CohortEditor editor) {
        this.current = current;
        this.uploaded = uploaded;
        this.editor = editor;
    }

    void list(RoutingContext context) {
        EffectiveCohorts cohorts = effective();
        JsonArray list = new JsonArray();
        cohorts.all().stream()
                .sorted(Comparator.comparing(Cohort::id))
                .map(cohort -> describe(cohort.id(), cohort.groupType(), cohort.size(), cohort.lastModified())
                        .put("origin", cohorts.uploaded().find(cohort.id()) == null ? "document" : "upload"))
                .forEach(list::add);
        Replies.json(context, 200, new JsonObject().put("cohorts", list));
    }

    void replace(RoutingContext context) {
        CohortEditor writable = editor;
        String id = RequestPath.last(context, "id");
        List<String> groupTypes = QueryString.values(context.request().query(), "groupType");
        if (writable == null) {
            refuseWrite(context);
        } else if (id.length() > LONGEST_NAME) {
            Replies.error(
                    context, 400, "bad_request", "the id of a cohort has at most " + LONGEST_NAME + " characters");
        } else if (groupTypes.size() > 1
                || groupTypes.stream().anyMatch(type -> type.isEmpty() || type.length() > LONGEST_NAME)
                || groupTypes.stream().anyMatch(type -> type.indexOf('\0') >= 0)) {
            Replies.error(
                    context,
                    400,
                    "bad_request",
                    "groupType must be given once at most, be 1 to " + LONGEST_NAME + " characters and hold no NUL");
        } else {
            Cohort present = effective().find(id);
            context.request().pause();
            writable.replace(
                            id,
                            groupTypes.isEmpty() ? null : groupTypes.get(0),
                            context.request(),
                            present == null ? 0 : present.lastModified())
                    .onSuccess(stored -> Replies.json(context, 200, describe(stored)))
                    .onFailure(failure -> explain(context, failure));
        }
    }

    void delete(RoutingContext context) {
        CohortEditor writable = editor;
        if (writable == null) {
            refuseWrite(context);
            return;
        }
        String id = RequestPath.last(context, "id");
        writable.delete(id)
                .onSuccess(deleted -> {
                    if (deleted) {
                        Replies.json(context, 200, new JsonObject().put("id", id));
                    } else {
                        Replies.error(context, 404, "unknown_cohort", "no cohort of this id was uploaded");
                    }
                })
                .onFailure(failure -> explain(context, failure));
    }

    private EffectiveCohorts effective() {
        Ruleset ruleset = current.get();
        return uploaded.over(ruleset == null ? Cohorts.NONE : ruleset.cohorts());
    }

    private static JsonObject describe(StoredCohort cohort) {
        return describe(cohort.id(), cohort.groupType(), cohort.size(), cohort.lastModified());
    }

    private static JsonObject describe(String id, String groupType, long size, long lastModified) {
        return new JsonObject()
                .put("id", id)
                .put("groupType", groupType)
                .put("size", size)
                .put("lastModified", lastModified);
    }

    private static void refuseWrite(RoutingContext context) {
        context.response().putHeader(HttpHeaders.ALLOW, "");
        Replies.error(context, 405, "read_only", "the cohorts of this node do not come from PostgreSQL");
    }

    private static void explain(RoutingContext context, Throwable failure) {
        if (!context.request().isEnded()) {
            hangUpSoon(context);
        }
        if (context.response().closed()) {
            return;
        }
        if (failure instanceof InvalidCohortException invalid) {
            Replies.error(
                    context,
                    invalid.isTooLarge() ? 413 : 400,
                    invalid.isTooLarge() ? "cohort_too_large" : "invalid_cohort",
                    invalid.getMessage());
        } else if (failure instanceof CohortEditor.BusyException) {
            Replies.error(context, 503, "overloaded", "too many uploads are under way; try again later");
        } else if (failure instanceof UncheckedIOException) {
            log.warn("an upload cannot be kept on the disk: {}", failure.toString());
            Replies.error(context, 503, "disk_unavailable", "the disk of this node does not take the upload");
        } else {
            log.warn("a cohort cannot be stored: {}", failure.toString());
            Replies.error(context, 503, "database_unavailable", "PostgreSQL did not store the cohort; try again later");
        }
    }

    private static void hangUpSoon(RoutingContext context) {
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        context.request().handler(rest -> {});
        context.request().resume();
        context.vertx()
                .setTimer(LINGER_MILLIS, over -> context.request().connection().close());
    }
}
