package io.variate.admin;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortEditor;
import io.variate.cohorts.CohortId;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.EffectiveCohorts;
import io.variate.cohorts.InvalidCohortException;
import io.variate.cohorts.UploadedCohorts;
import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.store.StoredCohort;
import io.variate.web.ApiError;
import io.variate.web.decoding.QueryString;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /api/1/cohorts}, {@code PUT|DELETE /api/1/cohorts/{id}}: lists the served cohorts, stores and deletes uploads.
 * The parameter {@code project} selects a project; without it, the list has all projects, and a change applies to the
 * unnamed one.
 */
public final class CohortsEndpoint {
    private static final Logger log = LoggerFactory.getLogger(CohortsEndpoint.class);
    private static final int LONGEST_NAME = 256;

    /** How long the rest of a rejected body is read: TCP resets a connection closed with unread bytes. */
    private static final long LINGER_MILLIS = 500;

    private static final ApiError UNKNOWN_COHORT =
            new ApiError(404, "unknown_cohort", "no uploaded cohort has this id");
    private static final ApiError UNKNOWN_PROJECT =
            new ApiError(404, "unknown_project", "the ruleset has no project with this key", "project");
    private static final ApiError REPEATED_PROJECT =
            ApiError.badRequest("bad_request", "project must be given at most once", "project");
    private static final ApiError UPSTREAM_MANAGED =
            new ApiError(409, "read_only", "the cohorts come from the upstream: change them there");
    private static final ApiError NOT_READY = new ApiError(503, "not_ready", "this node has no ruleset yet");

    private final CurrentRuleset current;
    private final UploadedCohorts uploaded;
    private final @Nullable CohortEditor editor;
    private final boolean isUpstreamManaged;

    /**
     * Lists and changes cohorts.
     *
     * @param editor null if this node has no database, and uploads are rejected
     * @param isUpstreamManaged whether the cohorts come from an upstream, where they can be changed
     */
    public CohortsEndpoint(
            CurrentRuleset current,
            UploadedCohorts uploaded,
            @Nullable CohortEditor editor,
            boolean isUpstreamManaged) {
        this.current = current;
        this.uploaded = uploaded;
        this.editor = editor;
        this.isUpstreamManaged = isUpstreamManaged;
    }

    void list(RoutingContext context) {
        List<String> asked = projects(context);
        if (asked.size() > 1) {
            Replies.error(context, REPEATED_PROJECT);
            return;
        }
        Ruleset ruleset = current.get();
        Set<String> projects = new TreeSet<>(uploaded.projects());
        projects.addAll(ruleset == null ? Set.of() : ruleset.projects());
        projects.add(ProjectKeys.UNNAMED);
        projects.removeIf(project -> !Caller.of(context).sees(project));
        if (!projects.containsAll(asked)) {
            Replies.error(context, UNKNOWN_PROJECT);
            return;
        }
        JsonArray list = new JsonArray();
        for (String project : asked.isEmpty() ? projects : asked) {
            EffectiveCohorts cohorts = effective(project);
            cohorts.all().stream()
                    .sorted(Comparator.comparing(Cohort::id))
                    .map(cohort -> describe(
                                    describe(project, cohort.id()),
                                    cohort.groupType(),
                                    cohort.size(),
                                    cohort.lastModified())
                            .put("origin", cohorts.uploaded().find(cohort.id()) == null ? "document" : "upload"))
                    .forEach(list::add);
        }
        Replies.json(context, 200, new JsonObject().put("cohorts", list));
    }

    void replace(RoutingContext context) {
        CohortEditor writable = editor;
        String id = RequestPath.last(context, "id");
        List<String> projects = projects(context);
        String project = projects.isEmpty() ? ProjectKeys.UNNAMED : projects.get(0);
        List<String> groupTypes = QueryString.values(context.request().query(), "groupType");
        if (writable == null) {
            rejectWrite(context);
        } else if (projects.size() > 1) {
            Replies.error(context, REPEATED_PROJECT);
        } else if (!mayChange(context, project)) {
            return;
        } else if (id.length() > LONGEST_NAME || !CohortId.isAllowed(id)) {
            Replies.error(
                    context,
                    400,
                    "bad_request",
                    "the id of a cohort must have at most " + LONGEST_NAME + " characters and contain no U+001F");
        } else if (!isKnown(project)) {
            Replies.error(context, current.get() == null ? NOT_READY : UNKNOWN_PROJECT);
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
            Cohort present = effective(project).find(id);
            CohortId cohort = new CohortId(project, id);
            context.request().pause();
            writable.replace(
                            cohort,
                            groupTypes.isEmpty() ? null : groupTypes.get(0),
                            context.request(),
                            present == null ? 0 : present.lastModified())
                    .onSuccess(stored -> Replies.json(context, 200, describe(cohort, stored)))
                    .onFailure(failure -> reject(context, cohort, failure));
        }
    }

    void delete(RoutingContext context) {
        CohortEditor writable = editor;
        if (writable == null) {
            rejectWrite(context);
            return;
        }
        List<String> projects = projects(context);
        if (projects.size() > 1) {
            Replies.error(context, REPEATED_PROJECT);
            return;
        }
        String project = projects.isEmpty() ? ProjectKeys.UNNAMED : projects.get(0);
        if (!mayChange(context, project)) {
            return;
        }
        String id = RequestPath.last(context, "id");
        if (!CohortId.isAllowed(id) || !CohortId.isAllowed(project)) {
            Replies.error(context, UNKNOWN_COHORT);
            return;
        }
        CohortId cohort = new CohortId(project, id);
        writable.delete(cohort)
                .onSuccess(deleted -> {
                    if (deleted) {
                        Replies.json(context, 200, describe(project, id));
                    } else {
                        // A project that was removed from the ruleset may still have uploaded cohorts.
                        boolean isUnknownProject = current.get() != null && !isKnown(project);
                        Replies.error(context, isUnknownProject ? UNKNOWN_PROJECT : UNKNOWN_COHORT);
                    }
                })
                .onFailure(failure -> reject(context, cohort, failure));
    }

    /** Whether the caller may change cohorts of the project; otherwise answers the request. */
    private static boolean mayChange(RoutingContext context, String project) {
        Caller caller = Caller.of(context);
        boolean permitted = caller.permits(Right.ADMINISTER, project, null, List.of());
        if (!permitted) {
            Replies.error(context, caller.sees(project) ? Rights.FORBIDDEN : UNKNOWN_PROJECT);
        }
        return permitted;
    }

    /** The distinct values of the parameter; an empty one names the unnamed project. */
    private static List<String> projects(RoutingContext context) {
        return QueryString.values(context.request().query(), "project").stream()
                .distinct()
                .toList();
    }

    /** Whether the ruleset has a project. The unnamed project always exists. */
    private boolean isKnown(String project) {
        Ruleset ruleset = current.get();
        return project.equals(ProjectKeys.UNNAMED)
                || (CohortId.isAllowed(project) && ruleset != null && ruleset.project(project) != null);
    }

    private EffectiveCohorts effective(String project) {
        Ruleset ruleset = current.get();
        return uploaded.over(project, ruleset == null ? Cohorts.NONE : ruleset.cohorts(project));
    }

    private static JsonObject describe(CohortId id, StoredCohort cohort) {
        return describe(describe(id.project(), id.id()), cohort.groupType(), cohort.size(), cohort.lastModified());
    }

    private static JsonObject describe(String project, String id) {
        JsonObject described = new JsonObject();
        if (!project.equals(ProjectKeys.UNNAMED)) {
            described.put("project", project);
        }
        return described.put("id", id);
    }

    private static JsonObject describe(JsonObject described, String groupType, long size, long lastModified) {
        return described.put("groupType", groupType).put("size", size).put("lastModified", lastModified);
    }

    private void rejectWrite(RoutingContext context) {
        if (isUpstreamManaged) {
            Replies.error(context, UPSTREAM_MANAGED);
            return;
        }
        context.response().putHeader(HttpHeaders.ALLOW, "");
        Replies.error(context, 405, "read_only", "this node is read-only: it has no PostgreSQL database for cohorts");
    }

    private static void reject(RoutingContext context, CohortId id, Throwable failure) {
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
