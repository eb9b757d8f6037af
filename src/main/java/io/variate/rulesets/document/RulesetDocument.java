package io.variate.rulesets.document;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.store.RulesetRows;
import io.variate.store.RulesetRows.Row;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset as its authors write it: the same format for import, export, files, the cache and snapshots.
 *
 * @param revision grows with every change
 * @param deployments in document order, keys unique
 * @param flags in document order, keys unique
 * @param cohorts in document order, ids unique
 */
public record RulesetDocument(
        long revision, List<Deployment> deployments, List<DefinedFlag> flags, List<DefinedCohort> cohorts) {

    public RulesetDocument {
        deployments = List.copyOf(deployments);
        flags = List.copyOf(flags);
        cohorts = List.copyOf(cohorts);
    }

    /** A flag, and the JSON tree it was read from, which keeps fields unknown to the engine. */
    public record DefinedFlag(Flag flag, Map<String, @Nullable Object> definition) {}

    /**
     * A cohort, and the JSON tree it was read from.
     *
     * @param lastModified positive, or null if the document does not state it
     */
    public record DefinedCohort(
            String id,
            String groupType,
            @Nullable Long lastModified,
            List<String> memberIds,
            Map<String, @Nullable Object> definition) {}

    /** The document as rows for the store. */
    public RulesetRows toRows() {
        return new RulesetRows(
                revision,
                deployments.stream()
                        .map(deployment -> new Row(deployment.key(), text(DeploymentFormat.write(deployment))))
                        .toList(),
                flags.stream()
                        .map(flag -> new Row(flag.flag().key(), text(flag.definition())))
                        .toList(),
                cohorts.stream()
                        .map(cohort -> new Row(cohort.id(), text(cohort.definition())))
                        .toList());
    }

    private static String text(Map<String, @Nullable Object> tree) {
        return LoneSurrogates.escape(Json.write(tree));
    }
}
