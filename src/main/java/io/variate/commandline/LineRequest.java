package io.variate.commandline;

import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.json.Json;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The evaluation that a line requests. Unknown fields are ignored; null counts as absent.
 *
 * @param user the user in the format of the HTTP API; null if the line has a context
 * @param context the user as selectors address it; null if the line has a user
 * @param project the project of the ruleset whose flags are evaluated, or null if the line names none
 * @param flags the line's own flags, unparsed; null means the flags of the ruleset
 * @param flagKeys flags to evaluate, in addition to their dependencies; empty means all
 * @param sort whether flags are evaluated after their dependencies, and the result includes the order
 */
record LineRequest(
        @Nullable Map<String, @Nullable Object> user,
        @Nullable Map<String, @Nullable Object> context,
        @Nullable String project,
        @Nullable List<?> flags,
        List<String> flagKeys,
        boolean sort) {

    /** @throws RejectedLineException if a field has the wrong type, or if the line has not exactly one of user and context */
    static LineRequest read(Map<?, ?> fields) {
        List<Problem> problems = new ArrayList<>();
        ObjectReader line = ObjectReader.of(fields, new Problems("", problems));
        Map<String, @Nullable Object> user = object(line, "user");
        Map<String, @Nullable Object> context = object(line, "context");
        if (user == null && context == null) {
            line.problem("user", "is required");
        } else if (user != null && context != null) {
            line.problem("context", "cannot be combined with user");
        }
        String project = line.optionalString("project");
        List<?> flags = line.optionalList("flags", (flag, place) -> flag);
        List<String> flagKeys = line.optionalList("flagKeys", ObjectReader::string);
        boolean sort = line.bool("sort", false);
        if (!problems.isEmpty()) {
            Problem first = problems.get(0);
            throw new RejectedLineException(new LineError("invalid_line", first.reason(), first.path()));
        }
        return new LineRequest(user, context, project, flags, flagKeys == null ? List.of() : flagKeys, sort);
    }

    /** The user as the context of a plan. */
    EvaluationContext toContext(EvaluationPlan plan) {
        return user != null ? plan.contextOfUser(user) : plan.contextOf(Objects.requireNonNull(context));
    }

    private static @Nullable Map<String, @Nullable Object> object(ObjectReader line, String field) {
        Object value = Json.typed(line.value(field));
        return value == null
                ? null
                : ObjectReader.of(value, line.problems().member(field)).members();
    }
}
