package io.variate.rulesets.document;

import io.variate.checks.FlagErrors;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.Row;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads single rows. A row that cannot be read, such as one that was written with SQL, is null and has problems; nothing
 * throws. Paths identify elements by their keys instead of positions, and deployments by their labels. Not thread-safe.
 */
public final class RowReader {
    private final Problems problems;

    /** Adds problems to a list. */
    public RowReader(List<Problem> found) {
        this.problems = new Problems("", found);
    }

    /** Reads a flag. */
    public @Nullable DefinedFlag flag(Row row) {
        Problems place =
                project(row.key().project()).member("flags").member(row.key().key());
        Map<?, ?> tree = parse(row, place);
        if (tree == null) {
            return null;
        }
        FlagReading reading = FlagReader.read(tree, place.path());
        if (reading instanceof FlagReading.Rejected rejected) {
            place.found().addAll(rejected.problems());
        }
        return reading instanceof FlagReading.Accepted accepted
                        && hasKeyOfRow(accepted.flag().key(), row, place.member("key"))
                ? new DefinedFlag(accepted.flag(), row.definition())
                : null;
    }

    /** Reports what cannot be meant in a flag of a row. The flag is served all the same. */
    public void check(DefinedFlag flag, Row row) {
        FlagErrors.add(
                flag.flag(),
                project(row.key().project()).member("flags").member(row.key().key()));
    }

    /** Reads a deployment. */
    public @Nullable Deployment deployment(Row row) {
        Problems deployments = project(row.key().project()).member("deployments");
        Map<?, ?> tree = parse(row, deployments);
        if (tree == null) {
            return null;
        }
        Problems place = tree.get("label") instanceof String label ? deployments.member(label) : deployments;
        Deployment deployment = DeploymentFormat.read(tree, place);
        return deployment != null && hasKeyOfRow(deployment.key(), row, place.member("key")) ? deployment : null;
    }

    /** Reads a cohort. */
    public @Nullable DefinedCohort cohort(Row row) {
        Problems place =
                project(row.key().project()).member("cohorts").member(row.key().key());
        Map<?, ?> tree = parse(row, place);
        if (tree == null) {
            return null;
        }
        DefinedCohort cohort = CohortDefinition.read(tree, place);
        return cohort != null && hasKeyOfRow(cohort.id(), row, place.member("id")) ? cohort : null;
    }

    /** Reads the settings of a project. */
    public @Nullable ProjectSettings project(Row row) {
        Problems place = project(row.key().project());
        Map<?, ?> tree = parse(row, place);
        if (tree == null) {
            return null;
        }
        int before = place.found().size();
        ProjectSettings settings = ProjectSettings.read(ObjectReader.of(tree, place));
        return place.found().size() > before ? null : settings;
    }

    private Problems project(String key) {
        return ProjectKeys.of(key, problems);
    }

    private static boolean hasKeyOfRow(String key, Row row, Problems place) {
        boolean same = key.equals(row.key().key());
        if (!same) {
            place.add("", "must be the key of its row");
        }
        return same;
    }

    private static @Nullable Map<?, ?> parse(Row row, Problems place) {
        try {
            if (Json.parseStrict(row.definition()) instanceof Map<?, ?> tree) {
                return tree;
            }
            place.add("", "must be an object");
        } catch (JsonException e) {
            place.add("", "is not valid JSON: " + e.getMessage() + ", at " + e.path());
        }
        return null;
    }
}
