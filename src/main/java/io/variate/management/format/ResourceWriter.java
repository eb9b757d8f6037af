package io.variate.management.format;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedCohort;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes resources as canonical JSON: the objects of Amplitude's Management API without audit fields, and with the fields
 * of Variate. {@link ResourceReader} reads them. Equal resources have equal texts. Stateless, hence thread-safe.
 */
public final class ResourceWriter {
    private ResourceWriter() {}

    /** The text for storage, versions and files. It contains the credentials of deployments and projects. */
    public static String json(Resource resource) {
        return LoneSurrogates.escape(Json.write(tree(resource)));
    }

    /** The modifiable tree of {@link #json}. */
    public static Map<String, @Nullable Object> tree(Resource resource) {
        if (resource instanceof ManagedFlag flag) {
            return FlagFormat.write(flag);
        }
        if (resource instanceof RawFlag flag) {
            return FlagFormat.write(flag);
        }
        if (resource instanceof MutexGroup group) {
            return GroupFormat.write(group);
        }
        if (resource instanceof HoldoutGroup group) {
            return GroupFormat.write(group);
        }
        if (resource instanceof ManagedDeployment deployment) {
            return write(deployment);
        }
        if (resource instanceof ManagedCohort cohort) {
            return write(cohort);
        }
        return write((ManagedProject) resource);
    }

    /** The field {@code parentDependencies}: with an operator, and the ids of flags as keys. */
    public static Map<String, @Nullable Object> dependencies(ParentDependencies dependencies) {
        return FlagFormat.write(dependencies);
    }

    static void identity(Resource resource, Map<String, @Nullable Object> tree) {
        if (resource.id() != Resource.UNSAVED) {
            tree.put("id", String.valueOf(resource.id()));
        }
        tree.put("projectId", ProjectIds.of(resource.project()));
    }

    private static Map<String, @Nullable Object> write(ManagedDeployment deployment) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        identity(deployment, tree);
        tree.put("label", deployment.label());
        tree.put("key", deployment.key());
        tree.put("type", deployment.type().text());
        if (deployment.zone() != null) {
            tree.put("zone", deployment.zone());
        }
        tree.put("cacheSeconds", (long) deployment.cacheSeconds());
        tree.put("remoteRules", deployment.remoteRules());
        tree.put("evaluationId", deployment.evaluationId());
        tree.put("allFlags", deployment.allFlags());
        if (!deployment.otherFlags().isEmpty()) {
            tree.put("otherFlags", deployment.otherFlags());
        }
        ManagedDeployment.PreviousKey previous = deployment.previousKey();
        if (previous != null) {
            Map<String, @Nullable Object> written = new LinkedHashMap<>();
            written.put("key", previous.key());
            written.put("expiresAt", previous.expiresAt().toString());
            tree.put("previousKey", written);
        }
        tree.put("deleted", deployment.archived());
        return tree;
    }

    private static Map<String, @Nullable Object> write(ManagedCohort cohort) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        identity(cohort, tree);
        tree.put("key", cohort.key());
        tree.put("deleted", cohort.archived());
        tree.put("definition", Definitions.write(cohort.definition()));
        return tree;
    }

    private static Map<String, @Nullable Object> write(ManagedProject project) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        identity(project, tree);
        tree.put("name", project.name());
        tree.put("description", project.description());
        if (project.production()) {
            // Earlier releases do not know the field, so that they can read all other projects.
            tree.put("production", true);
        }
        tree.put("settings", Definitions.write(project.settings()));
        tree.put("deleted", project.archived());
        return tree;
    }
}
