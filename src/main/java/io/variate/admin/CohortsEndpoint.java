package io.variate.admin;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortEditor;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.EffectiveCohorts;
import io.variate.cohorts.InvalidCohortException;
import io.variate.cohorts.UploadedCohorts;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Project;
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

/** {@code GET /api/1/cohorts}, {@code PUT|DELETE /api/1/cohorts/{id}}: lists the served cohorts, stores and deletes uploads. */
public final class CohortsEndpoint {
    private static final Logger log = LoggerFactory.getLogger(CohortsEndpoint.class);
    private static final int LONGEST_NAME = 256;

    /** How long the rest of a rejected body is read: TCP resets a connection closed with unread bytes. */
    private static final long LINGER_MILLIS = 500;

    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final @Nullable CohortEditor editor;

    /**
     * Lists and changes cohorts.
     *
     * @param editor null if this node has no database, and uploads are rejected
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
            rejectWrite(context);
        } else if (id.length() > LONGEST_NAME) {
            Replies.error(
                    context,
                    400,
                    "bad_request",
                    "the id of a cohort must have at most " + LONGEST_NAME + " characters");
        } else if (groupTypes.size() > 1
                || groupTypes.stream().anyMatch(type -> type.isEmpty() || type.length() > LONGEST_NAME)
                || groupTypes.stream().anyMatch(type -> type.indexOf('\0') >= 0)) {
            Replies.error(
                    context,
                    400,
                    "bad_request",
                    "groupType must be given at most once, have 1 to " + LONGEST_NAME
                            + " characters and contain no NUL");
        } else {
            Cohort present = effective().find(id);
            context.request().pause();
            writable.replace(
                            id,
                            groupTypes.isEmpty() ? null : groupTypes.get(0),
                            context.request(),
                            present == null ? 0 : present.lastModified())
                    .onSuccess(stored -> Replies.json(context, 200, describe(stored)))
                    .onFailure(failure -> reject(context, id, failure));
        }
    }

    void delete(RoutingContext context) {
        CohortEditor writable = editor;
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        String id = RequestPath.last(context, "id");
        writable.delete(id)
                .onSuccess(deleted -> {
                    if (deleted) {
                        Replies.json(context, 200, new JsonObject().put("id", id));
                    } else {
                        Replies.error(context, 404, "unknown_cohort", "no uploaded cohort has this id");
                    }
                })
                .onFailure(failure -> reject(context, id, failure));
    }

    private EffectiveCohorts effective() {
        Ruleset ruleset = current.get();
        return uploaded.over(ruleset == null ? Cohorts.NONE : ruleset.cohorts(Project.UNNAMED));
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

    private static void rejectWrite(RoutingContext context) {
        context.response().putHeader(HttpHeaders.ALLOW, "");
        Replies.error(context, 405, "read_only", "this node is read-only: it has no PostgreSQL database for cohorts");
    }

    private static void reject(RoutingContext context, String id, Throwable failure) {
        if (!context.request().isEnded()) {
            closeSoon(context);
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
            Replies.error(context, 503, "overloaded", "too many cohorts are being uploaded; retry later");
        } else if (failure instanceof UncheckedIOException) {
            log.warn("cannot write cohort upload to disk: {} cohort={}", failure.toString(), id);
            Replies.error(context, 503, "disk_unavailable", "this node cannot write the upload to disk");
        } else {
            log.warn("cannot change cohort in PostgreSQL: {} cohort={}", failure.toString(), id);
            Replies.error(context, 503, "database_unavailable", "PostgreSQL did not store the cohort; retry later");
        }
    }

    private static void closeSoon(RoutingContext context) {
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        context.request().handler(rest -> {});
        context.request().resume();
        context.vertx()
                .setTimer(LINGER_MILLIS, over -> context.request().connection().close());
    }
}
