package io.variate.admin;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.access.Right;
import io.variate.observability.LogLevels;
import io.variate.observability.LogLevels.LoggerLevel;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/1/log-levels}, {@code PUT|DELETE /api/1/log-levels/{logger}}: the log levels of this node while it runs, for
 * callers with all rights in all projects.
 */
public final class LogLevelsEndpoint implements Endpoints {
    private static final String LEVELS = "/api/1/log-levels";
    private static final String LOGGER = LEVELS + "/:logger";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_$.-]{1,200}");
    private static final String LEVEL = "level";
    private static final String MINUTES = "minutes";
    private static final int MAX_MINUTES = 1_440;
    private static final int LARGEST_BODY = 1_024;

    /** So that a level ends while nobody asks. */
    private static final long EXPIRY_CHECK_MS = TimeUnit.SECONDS.toMillis(10);

    private static final ApiError INVALID_LOGGER = new ApiError(
            400, "invalid_logger", "a logger is root, or a name of letters, digits, dots, hyphens, $ and underscores");
    private static final ApiError TOO_MANY =
            new ApiError(409, "too_many_loggers", "100 loggers have a changed level; reset one of them first");

    private final LogLevels levels;
    private final DocumentBodies bodies;

    /** Changes these levels. */
    public LogLevelsEndpoint(Vertx vertx, LogLevels levels) {
        this.levels = levels;
        this.bodies = DocumentBodies.ofResources(LARGEST_BODY);
        vertx.setPeriodic(EXPIRY_CHECK_MS, timer -> levels.expire());
    }

    @Override
    public void addTo(Router router) {
        router.route(LEVELS).handler(LogLevelsEndpoint::requireAdministrator);
        router.route(LOGGER).handler(LogLevelsEndpoint::requireAdministrator);
        router.get(LEVELS).handler(this::list);
        router.route(LEVELS).handler(Replies.onlyAllows("GET, HEAD"));
        bodies.receive(router, HttpMethod.PUT, LOGGER).handler(this::set);
        router.delete(LOGGER).handler(this::reset);
        router.route(LOGGER).handler(Replies.onlyAllows("PUT, DELETE"));
    }

    private static void requireAdministrator(RoutingContext context) {
        if (Rights.haveEverywhere(context, Right.ADMINISTER)) {
            context.next();
        }
    }

    private void list(RoutingContext context) {
        JsonArray list = new JsonArray();
        levels.list().forEach(level -> list.add(toJson(level)));
        Replies.json(context, 200, new JsonObject().put("levels", list));
    }

    private void set(RoutingContext context) {
        String logger = logger(context);
        if (logger == null) {
            Replies.error(context, INVALID_LOGGER);
            return;
        }
        RulesetChanges.body(context)
                .onSuccess(body -> set(context, logger, body))
                .onFailure(failure -> reject(context, failure));
    }

    private void set(RoutingContext context, String logger, String body) {
        List<Problem> problems = new ArrayList<>();
        Wanted wanted = wanted(body, problems);
        if (wanted == null) {
            reject(context, problems);
            return;
        }
        LoggerLevel level = levels.set(logger, wanted.level(), wanted.duration());
        if (level == null) {
            Replies.error(context, TOO_MANY);
        } else {
            Replies.json(context, 200, toJson(level));
        }
    }

    private static void reject(RoutingContext context, Throwable failure) {
        if (failure instanceof InvalidRulesetException invalid) {
            reject(context, invalid.problems());
        } else {
            context.fail(failure);
        }
    }

    private static void reject(RoutingContext context, List<Problem> problems) {
        Replies.problems(context, 400, "invalid_log_level", RulesetChanges.toJson(problems));
    }

    private void reset(RoutingContext context) {
        String logger = logger(context);
        if (logger == null) {
            Replies.error(context, INVALID_LOGGER);
        } else {
            Replies.json(context, 200, new JsonObject().put("logger", logger).put("reset", levels.reset(logger)));
        }
    }

    private record Wanted(String level, @Nullable Duration duration) {}

    /** Null if there are problems. */
    private static @Nullable Wanted wanted(String text, List<Problem> problems) {
        try {
            ObjectReader body = ObjectReader.of(Json.parseStrict(text), new Problems("", problems));
            if (!problems.isEmpty()) {
                return null;
            }
            body.rejectUnknownFields(Set.of(LEVEL, MINUTES));
            String level = body.string(LEVEL);
            if (!LogLevels.LEVELS.contains(level) && problems.isEmpty()) {
                body.problem(LEVEL, "must be one of " + String.join(", ", LogLevels.LEVELS));
            }
            Long minutes = body.optionalInteger(MINUTES, 1, MAX_MINUTES);
            return problems.isEmpty() ? new Wanted(level, minutes == null ? null : Duration.ofMinutes(minutes)) : null;
        } catch (JsonException e) {
            problems.add(new Problem(e.path(), String.valueOf(e.getMessage())));
            return null;
        }
    }

    private static @Nullable String logger(RoutingContext context) {
        String name = RequestPath.last(context, "logger");
        return NAME.matcher(name).matches() ? name : null;
    }

    private static JsonObject toJson(LoggerLevel level) {
        return new JsonObject()
                .put("logger", level.logger())
                .put(LEVEL, level.level())
                .put("changed", level.changed())
                .put("until", level.until() == null ? null : level.until().toString());
    }
}
