package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.Positions;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One project of a ruleset document: a product in an environment, with flags of its own. Immutable.
 *
 * @param key empty for the project without a name
 * @param settings always {@link ProjectSettings#NONE} for the unnamed project, whose credentials are in the settings of nodes
 * @param deployments in document order, keys unique in the document
 * @param flags in document order, keys unique in the project
 * @param cohorts in document order, ids unique in the project
 */
public record ProjectDocument(
        String key,
        ProjectSettings settings,
        List<Deployment> deployments,
        List<DefinedFlag> flags,
        List<DefinedCohort> cohorts) {
    /** Why no named project may have the API key of the settings. */
    static final String KEY_OF_UNNAMED =
            "is the same as project.api-key in the settings of this node, the API key of the project without a name";

    public ProjectDocument {
        deployments = List.copyOf(deployments);
        flags = List.copyOf(flags);
        cohorts = List.copyOf(cohorts);
    }

    /** A project without content. */
    static ProjectDocument empty(String key) {
        return new ProjectDocument(key, ProjectSettings.NONE, List.of(), List.of(), List.of());
    }

    /** The path of a project in documents with {@code projects}. */
    public static String path(String key) {
        return ProjectKeys.inProjects(key, new Problems("", List.of())).path();
    }

    /** Whether the project has a name. */
    public boolean isNamed() {
        return !key.equals(ProjectKeys.UNNAMED);
    }

    /** The ids of the cohorts. */
    Set<String> cohortIds() {
        return cohorts.stream().map(DefinedCohort::id).collect(Collectors.toSet());
    }

    /** The API key, or null; secret. */
    public @Nullable String apiKey() {
        return settings.apiKey();
    }

    /** The secret key, or null; secret. */
    public @Nullable String secretKey() {
        return settings.secretKey();
    }

    /** Reports each place that has the API key of the project without a name. */
    void addUses(String unnamedApiKey, Problems place) {
        if (unnamedApiKey.equals(apiKey())) {
            place.member(ProjectSettings.API_KEY).add("", KEY_OF_UNNAMED);
        }
        ElementPaths paths = new ElementPaths(place.member("deployments"));
        for (Deployment deployment : deployments) {
            Problems deploymentPlace = paths.next(deployment.label());
            if (deployment.key().equals(unnamedApiKey)) {
                deploymentPlace.member("key").add("", KEY_OF_UNNAMED);
            }
        }
    }

    /**
     * The change that leads to this project.
     *
     * @param present the stored rows of the project, or null if it has none
     */
    RowChanges changesFrom(@Nullable ProjectRows present) {
        Difference difference = new Difference(key, present);
        if (isNamed()) {
            difference.add(RowKind.PROJECT, List.of(new Definition("", settings.definition())));
        }
        difference.add(
                RowKind.DEPLOYMENT,
                deployments.stream()
                        .map(deployment -> new Definition(deployment.key(), deployment.definition()))
                        .toList());
        difference.add(
                RowKind.FLAG,
                flags.stream()
                        .map(flag -> new Definition(flag.flag().key(), flag.definition()))
                        .toList());
        difference.add(
                RowKind.COHORT,
                cohorts.stream()
                        .map(cohort -> new Definition(cohort.id(), cohort.definition()))
                        .toList());
        return new RowChanges(difference.removed, difference.changed);
    }

    /** The JSON text of a tree as it is stored, which UTF-8 can encode. */
    static String text(Map<String, @Nullable Object> tree) {
        return LoneSurrogates.escape(Json.write(tree));
    }

    /** A row without its position. */
    private record Definition(String key, String text) {}

    /** Collects what differs from the stored rows of a project. */
    private static final class Difference {
        private final String project;
        private final @Nullable ProjectRows present;
        private final List<RowKey> removed = new ArrayList<>();
        private final List<Row> changed = new ArrayList<>();

        Difference(String project, @Nullable ProjectRows present) {
            this.project = project;
            this.present = present;
        }

        @SuppressWarnings("ReferenceEquality") // an unchanged row keeps its instance
        void add(RowKind kind, List<Definition> wanted) {
            List<Row> stored = present == null ? List.of() : present.of(kind);
            Map<String, Row> rest = new HashMap<>();
            stored.forEach(row -> rest.put(row.key().key(), row));
            long[] positions =
                    Positions.assign(wanted.stream().map(Definition::key).toList(), stored);
            for (int i = 0; i < wanted.size(); i++) {
                Definition definition = wanted.get(i);
                Row before = rest.remove(definition.key());
                Row after = before != null && before.definition().equals(definition.text())
                        ? before.at(positions[i])
                        : new Row(new RowKey(kind, project, definition.key()), positions[i], definition.text());
                if (after != before) {
                    changed.add(after);
                }
            }
            rest.values().forEach(row -> removed.add(row.key()));
        }
    }

    /** Without keys of deployments and credentials, which are secret. */
    @Override
    public String toString() {
        return "ProjectDocument[" + key + ", " + deployments.size() + " deployments, " + flags.size() + " flags, "
                + cohorts.size() + " cohorts]";
    }
}
