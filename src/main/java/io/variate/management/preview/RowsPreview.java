package io.variate.management.preview;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.UploadedCohorts;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.document.RulesetChange.Outcome;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.ArrayList;
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
            throw new InvalidRequestException(
                    new ApiError(404, "unknown_project", "the ruleset has no project with this key", "project"));
        }
        boolean cohortsDiffer = !cohortRows(before).equals(cohortRows(after));
        Cohorts cohorts = served.cohorts(key);
        ProjectState present = new ProjectState(flags(before, served), uploaded.over(key, cohorts));
        ProjectState next =
                new ProjectState(flags(after, served), uploaded.over(key, cohortsDiffer ? cohorts(after) : cohorts));
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
            begin.put(
                    "warnings",
                    candidate.warnings().stream().map(RowsPreview::tree).toList());
        }
        return begin;
    }

    private static Map<String, Object> tree(Problem problem) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("path", problem.path());
        tree.put("message", problem.reason());
        return tree;
    }

    private static List<Row> cohortRows(@Nullable ProjectRows rows) {
        return rows == null ? List.of() : rows.cohorts();
    }

    /** Reads only flags that the served ruleset does not have. */
    private static List<Flag> flags(@Nullable ProjectRows rows, Ruleset served) {
        List<Flag> flags = new ArrayList<>();
        if (rows != null) {
            RowReader reader = new RowReader(new ArrayList<>());
            for (Row row : rows.flags()) {
                DefinedFlag known = served.known().find(rows.key(), row.key().key(), row.definition());
                DefinedFlag flag = known == null ? reader.flag(row) : known;
                if (flag != null) {
                    flags.add(flag.flag());
                }
            }
        }
        return flags;
    }

    private static Cohorts cohorts(@Nullable ProjectRows rows) {
        List<Cohort> cohorts = new ArrayList<>();
        RowReader reader = new RowReader(new ArrayList<>());
        for (Row row : cohortRows(rows)) {
            DefinedCohort read = reader.cohort(row);
            if (read != null) {
                Long lastModified = read.lastModified();
                cohorts.add(Cohort.ofDocument(
                        read.id(), read.groupType(), lastModified == null ? 1 : lastModified, read.memberIds()));
            }
        }
        return Cohorts.of(cohorts);
    }
}
