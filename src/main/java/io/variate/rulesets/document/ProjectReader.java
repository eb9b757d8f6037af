package io.variate.rulesets.document;

import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.ObjectReader;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads one project of a ruleset document. Single use. */
final class ProjectReader {
    /** The field with the flags of a project. */
    static final String FLAGS = "flags";

    /** The fields of every project. */
    static final Set<String> CONTENT = Set.of("deployments", FLAGS, "cohorts");

    private final String key;
    private final ObjectReader tree;
    private final KnownFlags known;
    private final FirstUses deploymentKeys;
    private final FirstUses apiKeys;

    /**
     * Creates a reader.
     *
     * @param tree the project, or the whole document in the flat form
     * @param deploymentKeys shared by all projects of the document
     * @param apiKeys shared by all projects of the document
     */
    ProjectReader(String key, ObjectReader tree, KnownFlags known, FirstUses deploymentKeys, FirstUses apiKeys) {
        this.key = key;
        this.tree = tree;
        this.known = known;
        this.deploymentKeys = deploymentKeys;
        this.apiKeys = apiKeys;
    }

    /** Reads a member of {@code projects}. */
    ProjectDocument read() {
        reportUnknownFields();
        return read(settings());
    }

    /** Reads the project without a name from the fields at the top of a document. */
    ProjectDocument readFlat() {
        return read(ProjectSettings.NONE);
    }

    private ProjectDocument read(ProjectSettings settings) {
        List<DefinedFlag> flags = flags();
        return new ProjectDocument(key, settings, deployments(flags), flags, cohorts());
    }

    private void reportUnknownFields() {
        Set<String> fields = new LinkedHashSet<>(CONTENT);
        fields.addAll(ProjectSettings.FIELDS);
        for (String field : tree.unknownFields(fields)) {
            tree.problem(field, "is not a field of a project");
        }
    }

    private ProjectSettings settings() {
        if (key.equals(ProjectKeys.UNNAMED)) {
            for (String field : List.of(ProjectSettings.API_KEY, ProjectSettings.SECRET_KEY)) {
                if (tree.value(field) != null) {
                    tree.problem(
                            field,
                            "is not a field of the project without a name: its credentials are project.api-key and"
                                    + " project.secret-key in the settings of each node");
                }
            }
            return ProjectSettings.NONE;
        }
        ProjectSettings settings = ProjectSettings.read(tree);
        String apiKey = settings.apiKey();
        return apiKey == null || apiKeys.add(apiKey, tree.problems().member(ProjectSettings.API_KEY))
                ? settings
                : ProjectSettings.NONE;
    }

    /** Passes each element of a list to a consumer, with the problems at its path, which has its name. */
    private void forEach(String list, String nameField, BiConsumer<@Nullable Object, Problems> element) {
        ElementPaths paths = new ElementPaths(tree.problems().member(list));
        tree.forEach(list, (json, byIndex) -> element.accept(json, paths.next(name(json, nameField))));
    }

    private static @Nullable String name(@Nullable Object json, String field) {
        if (json instanceof DefinedFlag unchanged) {
            return unchanged.flag().key();
        }
        return json instanceof Map<?, ?> members && members.get(field) instanceof String name ? name : null;
    }

    private List<DefinedFlag> flags() {
        List<DefinedFlag> flags = new ArrayList<>();
        FirstUses keys = new FirstUses();
        forEach(FLAGS, "key", (json, problems) -> {
            DefinedFlag flag = flag(key, json, problems, known);
            if (flag != null && keys.add(flag.flag().key(), problems.member("key"))) {
                flags.add(flag);
            }
        });
        return flags;
    }

    /**
     * Reads a flag, unless it is known. Returns null and adds the problems if the flag is invalid.
     *
     * @param json as {@link DocumentParser} returns it
     */
    static @Nullable DefinedFlag flag(String project, @Nullable Object json, Problems problems, KnownFlags known) {
        if (json instanceof DefinedFlag unchanged) {
            return unchanged;
        }
        Map<String, @Nullable Object> members =
                ObjectReader.of(json, new Problems("", new ArrayList<>())).members();
        String definition = ProjectDocument.text(members);
        if (members.get("key") instanceof String key) {
            DefinedFlag same = known.find(project, key, definition);
            if (same != null) {
                return same;
            }
        }
        FlagReading reading = FlagReader.read(json, problems.path());
        if (reading instanceof FlagReading.Rejected rejected) {
            problems.found().addAll(rejected.problems());
        }
        return reading instanceof FlagReading.Accepted accepted ? new DefinedFlag(accepted.flag(), definition) : null;
    }

    private List<Deployment> deployments(List<DefinedFlag> flags) {
        Set<String> present = new HashSet<>();
        flags.forEach(flag -> present.add(flag.flag().key()));
        List<Deployment> deployments = new ArrayList<>();
        forEach("deployments", "label", (json, problems) -> {
            Deployment deployment = DeploymentFormat.read(json, problems);
            if (deployment != null && deploymentKeys.add(deployment.key(), problems.member("key"))) {
                reportUnknownFlags(deployment, present::contains, problems.member("flags"));
                deployments.add(deployment);
            }
        });
        return deployments;
    }

    /** Reports flags that a deployment lists, but that do not exist. */
    static void reportUnknownFlags(Deployment deployment, Predicate<String> isPresent, Problems problems) {
        for (int i = 0; i < deployment.flags().size(); i++) {
            String flag = deployment.flags().get(i);
            if (!flag.equals(Deployment.ALL_FLAGS) && !isPresent.test(flag)) {
                problems.element(i).add("", "no flag has the key '" + flag + "'");
            }
        }
    }

    private List<DefinedCohort> cohorts() {
        List<DefinedCohort> cohorts = new ArrayList<>();
        FirstUses ids = new FirstUses();
        forEach("cohorts", "id", (json, problems) -> {
            DefinedCohort cohort = CohortDefinition.read(json, problems);
            if (cohort != null && ids.add(cohort.id(), problems.member("id"))) {
                cohorts.add(cohort);
            }
        });
        return cohorts;
    }
}
