package io.variate.store;

import java.util.List;

/**
 * A ruleset as rows to be written: each part is a JSON text whose meaning this room does not know.
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
     * One part of a ruleset.
     *
     * @param key unique among its kind
     * @param definition JSON text
     */
    public record Row(String key, String definition) {}
}
