package io.variate.store;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A ruleset as rows to write: each definition is JSON text that this package does not interpret.
 *
 * @param revision grows by one with every change; 0 before the first
 * @param deployments rows in document order
 * @param flags rows in document order
 * @param cohorts rows in document order
 */
public record RulesetRows(long revision, List<Row> deployments, List<Row> flags, List<Row> cohorts) {

    public RulesetRows {
        deployments = List.copyOf(deployments);
        flags = List.copyOf(flags);
        cohorts = List.copyOf(cohorts);
    }

    /**
     * These rows as a later read returns them: PostgreSQL keeps the text of each definition unchanged.
     *
     * @param storedRevision the revision that they were stored under
     */
    public RulesetColumns columns(long storedRevision) {
        return new RulesetColumns(storedRevision, definitions(deployments), definitions(flags), definitions(cohorts));
    }

    private static String definitions(List<Row> rows) {
        return rows.stream().map(Row::definition).collect(Collectors.joining(","));
    }

    /**
     * One definition of a ruleset.
     *
     * @param key unique among rows of its kind
     * @param definition JSON text
     */
    public record Row(String key, String definition) {}
}
