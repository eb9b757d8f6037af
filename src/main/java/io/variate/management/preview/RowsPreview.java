package io.variate.management.preview;

import io.variate.cohorts.UploadedCohorts;
import io.variate.json.Problem;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.RulesetChange.Outcome;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Creates previews from rows. Uploaded cohorts are those of this node. A row that cannot be read counts as missing, as in a
 * node that serves it.
 *
 * @param uploaded cohorts, in addition to those of the ruleset
 * @param patternSteps the budget of patterns, as in evaluations
 */
public record RowsPreview(UploadedCohorts uploaded, int patternSteps) {

    /**
     * A preview of a change. Expensive: call it on a worker thread.
     *
     * @param served the ruleset before the change
     * @param candidate the rows after it
     * @throws InvalidRequestException if the project is in neither, or the change affects too many flags
     */
    public Preview of(PreviewRequest request, Ruleset served, Outcome candidate) {
        String key = request.project();
        ProjectRows before = served.rows().rows().project(key);
        ProjectRows after = candidate.rows().project(key);
        if (before == null && after == null && !key.isEmpty()) {
            throw ProjectStates.unknownProject("project");
        }
        ProjectStates states = new ProjectStates(uploaded);
        boolean cohortsDiffer = !ProjectStates.cohortRows(before).equals(ProjectStates.cohortRows(after));
        ProjectState present = states.of(served, key, before);
        ProjectState next = states.of(served, key, after);
        try {
            return Preview.of(
                    begin(request, served, candidate), present, next, cohortsDiffer, request.users(), patternSteps);
        } catch (TooManyEvaluationsException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("preview_too_large", String.valueOf(e.getMessage()), "users"));
        }
    }

    private static Map<String, @Nullable Object> begin(PreviewRequest request, Ruleset served, Outcome candidate) {
        Map<String, @Nullable Object> begin = new LinkedHashMap<>();
        begin.put("revision", served.revision());
        begin.put("project", request.project().isEmpty() ? "1" : request.project());
        if (!candidate.warnings().isEmpty()) {
            begin.put("warnings", warnings(candidate));
        }
        return begin;
    }

    /** What is valid in a candidate but may not be intended, as JSON trees. */
    public static List<Map<String, Object>> warnings(Outcome candidate) {
        return candidate.warnings().stream().map(RowsPreview::tree).toList();
    }

    private static Map<String, Object> tree(Problem problem) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("path", problem.path());
        tree.put("message", problem.reason());
        return tree;
    }
}
