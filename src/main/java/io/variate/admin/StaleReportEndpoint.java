package io.variate.admin;

import io.variate.engine.model.Flag;
import io.variate.management.Listing;
import io.variate.management.Management;
import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ResourceKind;
import io.variate.management.reports.FlagAge;
import io.variate.management.reports.ServedVariants;
import io.variate.management.reports.StaleReason;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.store.ChangeTimes;
import io.variate.store.Usage;
import io.variate.store.UsageStore;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.variate.web.decoding.QueryString;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /api/1/reports/stale?projectId=&days=}: the stale flags of a project, and why they are stale. */
public final class StaleReportEndpoint implements Endpoints {
    private static final Logger log = LoggerFactory.getLogger(StaleReportEndpoint.class);
    private static final String PATH = "/api/1/reports/stale";
    private static final String PROJECT = "projectId";
    private static final String DAYS = "days";
    private static final String DEFAULT_DAYS = "30";
    private static final int MOST_DAYS = 3_650;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,4}");
    private static final int PAGE = 1_000;

    /** Groups of experiments split users as long as they exist. */
    private static final Set<String> GROUPS = Set.of("mutual-exclusion-group", "holdout-group");

    private static final ApiError NO_DATABASE = new ApiError(
            405, "read_only", "the ruleset of this node does not come from PostgreSQL, which holds its changes");

    private final CurrentRuleset current;
    private final @Nullable Sources sources;
    private final Clock clock;

    /** What a report needs beside the ruleset. */
    public record Sources(UsageStore usage, ChangeTimes changes, Management management) {}

    /**
     * Reports on the served ruleset.
     *
     * @param sources null if the ruleset does not come from a database
     */
    public StaleReportEndpoint(CurrentRuleset current, @Nullable Sources sources, Clock clock) {
        this.current = current;
        this.sources = sources;
        this.clock = clock;
    }

    @Override
    public void addTo(Router router) {
        router.get(PATH).handler(this::report);
        router.route(PATH).handler(Replies.onlyAllows("GET, HEAD"));
    }

    private void report(RoutingContext context) {
        String project = parameter(context, PROJECT, ProjectKeys.id(ProjectKeys.UNNAMED));
        String days = parameter(context, DAYS, DEFAULT_DAYS);
        Ruleset ruleset = current.get();
        if (project == null || days == null) {
            return;
        }
        if (!NUMBER.matcher(days).matches() || Integer.parseInt(days) < 1 || Integer.parseInt(days) > MOST_DAYS) {
            Replies.error(
                    context,
                    ApiError.badRequest(
                            "invalid_parameter", DAYS + " must be an integer from 1 to " + MOST_DAYS, DAYS));
        } else if (Rights.have(context, Right.READ, ProjectKeys.ofId(project))) {
            if (sources == null) {
                context.response().putHeader(HttpHeaders.ALLOW, "");
                Replies.error(context, NO_DATABASE);
            } else if (ruleset == null) {
                Replies.error(context, Failures.NOT_READY);
            } else {
                report(context, sources, ruleset, ProjectKeys.ofId(project), Integer.parseInt(days));
            }
        }
    }

    /** Answers the request and returns null if the parameter is repeated. */
    private static @Nullable String parameter(RoutingContext context, String name, String absent) {
        List<String> values = QueryString.values(context.request().query(), name);
        if (values.size() > 1) {
            Replies.error(
                    context, ApiError.badRequest("repeated_parameter", name + " must be given at most once", name));
            return null;
        }
        return values.isEmpty() ? absent : values.get(0);
    }

    private void report(RoutingContext context, Sources present, Ruleset ruleset, String project, int days) {
        if (ruleset.project(project) == null && !project.equals(ProjectKeys.UNNAMED)) {
            Replies.error(context, Rights.UNKNOWN_PROJECT);
            return;
        }
        Future<Map<String, Instant>> changes = present.changes().flags(project);
        Future<Map<String, Usage>> usage = present.usage().flags(project);
        Future<Instant> start = present.usage().start();
        Future<Map<String, ExperimentDetails>> experiments =
                experiments(present.management(), Caller.of(context), project, 0, new HashMap<>());
        Future.all(changes, usage, start, experiments)
                // On a worker thread, because a project may have thousands of flags.
                .compose(read -> context.vertx()
                        .executeBlocking(
                                () -> new Report(changes.result(), usage.result(), start.result(), experiments.result())
                                        .of(ruleset.flags(project), clock.instant(), days)
                                        .put(PROJECT, ProjectKeys.id(project)),
                                false))
                .onSuccess(report -> Replies.json(context, 200, report))
                .onFailure(failure -> {
                    log.warn("cannot read the usage of flags from PostgreSQL: {}", failure.toString());
                    Replies.error(context, 503, "database_unavailable", "PostgreSQL did not answer; retry later");
                });
    }

    /** The details of all managed experiments of a project, by flag key. */
    private static Future<Map<String, ExperimentDetails>> experiments(
            Management management, Caller caller, String project, long cursor, Map<String, ExperimentDetails> found) {
        return management
                .list(caller, new Listing(Set.of(ResourceKind.EXPERIMENT), project, null, false, PAGE, cursor))
                .compose(page -> {
                    page.elements().forEach(stored -> {
                        if (stored.resource() instanceof ManagedFlag flag && flag.experiment() != null) {
                            found.put(flag.key(), flag.experiment());
                        }
                    });
                    Long next = page.nextCursor();
                    return next == null
                            ? Future.succeededFuture(found)
                            : experiments(management, caller, project, next, found);
                });
    }

    /** What is known about the flags of one project, by flag key. */
    private record Report(
            Map<String, Instant> changes,
            Map<String, Usage> usage,
            Instant start,
            Map<String, ExperimentDetails> experiments) {

        JsonObject of(List<Flag> flags, Instant now, int days) {
            JsonArray stale = new JsonArray();
            for (Flag flag : flags) {
                Instant changedAt = changes.get(flag.key());
                Usage used = usage.get(flag.key());
                Instant last = used == null ? null : used.last();
                Set<StaleReason> reasons =
                        isGroup(flag) ? Set.of() : age(flag, changedAt, last).reasons(now, Duration.ofDays(days));
                if (!reasons.isEmpty()) {
                    stale.add(new JsonObject()
                            .put("key", flag.key())
                            .put(
                                    "reasons",
                                    new JsonArray(reasons.stream()
                                            .map(StaleReason::text)
                                            .toList()))
                            .put("lastChanged", text(changedAt))
                            .put("lastEvaluated", text(last))
                            .put("evaluations", used == null ? 0 : used.count()));
                }
            }
            return new JsonObject()
                    .put(DAYS, days)
                    .put("countedSince", text(start))
                    .put("flags", stale);
        }

        private FlagAge age(Flag flag, @Nullable Instant changedAt, @Nullable Instant last) {
            ExperimentDetails experiment = experiments.get(flag.key());
            return new FlagAge(
                    ServedVariants.of(flag),
                    changedAt,
                    last,
                    start,
                    experiment == null ? null : experiment.decision(),
                    experiment == null ? null : experiment.endDate());
        }

        private static boolean isGroup(Flag flag) {
            return flag.metadata() != null
                    && flag.metadata().get("flagType") instanceof String type
                    && GROUPS.contains(type);
        }

        private static @Nullable String text(@Nullable Instant time) {
            return time == null ? null : time.toString();
        }
    }
}
