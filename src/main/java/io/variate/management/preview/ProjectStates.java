package io.variate.management.preview;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.UploadedCohorts;
import io.variate.engine.model.Flag;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates states of projects from rows. Uploaded cohorts are those of this node. A row that cannot be read counts as missing,
 * as in a node that serves it.
 *
 * @param uploaded cohorts, in addition to those of the ruleset
 */
public record ProjectStates(UploadedCohorts uploaded) {

    /** The error for a project that does not exist, or that the caller does not see. */
    public static InvalidRequestException unknownProject(String path) {
        return new InvalidRequestException(
                new ApiError(404, "unknown_project", "the ruleset has no project with this key", path));
    }

    /** A project as it is served. */
    public ProjectState of(Ruleset ruleset, String key) {
        return new ProjectState(ruleset.flags(key), uploaded.over(key, ruleset.cohorts(key)));
    }

    /**
     * A project after a change. Reads only what the served ruleset does not have. Expensive: call it on a worker thread.
     *
     * @param served the ruleset before the change
     * @param rows of the project after the change; null for none
     */
    public ProjectState of(Ruleset served, String key, @Nullable ProjectRows rows) {
        Cohorts cohorts = served.cohorts(key);
        boolean differ = !cohortRows(served.rows().rows().project(key)).equals(cohortRows(rows));
        return new ProjectState(flags(rows, served), uploaded.over(key, differ ? cohorts(rows) : cohorts));
    }

    static List<Row> cohortRows(@Nullable ProjectRows rows) {
        return rows == null ? List.of() : rows.cohorts();
    }

    private static List<Flag> flags(@Nullable ProjectRows rows, Ruleset served) {
        List<Flag> flags = new ArrayList<>();
        if (rows != null) {
            KnownFlags known = served.known();
            RowReader reader = new RowReader(new ArrayList<>());
            for (Row row : rows.flags()) {
                DefinedFlag found = known.find(rows.key(), row.key().key(), row.definition());
                DefinedFlag flag = found == null ? reader.flag(row) : found;
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
