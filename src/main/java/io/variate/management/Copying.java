package io.variate.management;

import io.variate.management.model.Bucketing;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The promotion of a flag or an experiment to another project. */
final class Copying {
    private Copying() {}

    /** Finds counterparts in another project. */
    interface Counterparts {
        /** The id of the resource with the same key in a project, or null. */
        @Nullable
        Long find(long id, String project);
    }

    /**
     * The resource of the other project after the copy.
     *
     * @param id its id
     * @param present the resource as it is, or null
     */
    static Resource copy(
            Resource source, String project, long id, @Nullable Resource present, Counterparts counterparts) {
        if (present != null && present.kind() != source.kind()) {
            throw Rejections.keyTaken(source);
        }
        List<Long> deployments = present == null ? List.of() : StoredForm.deployments(present);
        boolean archived = present != null && present.archived();
        if (source instanceof RawFlag raw) {
            return raw.withId(id)
                    .withProject(project)
                    .withDeployments(deployments)
                    .withArchived(archived);
        }
        if (!(source instanceof ManagedFlag flag)) {
            throw Rejections.invalid("invalid_copy", "only flags and experiments can be copied", null);
        }
        Map<Long, List<String>> parents = new LinkedHashMap<>();
        flag.dependencies().flags().forEach((parent, variants) -> {
            Long counterpart = counterparts.find(parent, project);
            if (counterpart == null) {
                throw new RejectedWriteException(
                        409,
                        "missing_parent",
                        "the prerequisite with the id " + parent
                                + " has no counterpart with its key in the other project",
                        "parentDependencies.flags");
            }
            parents.put(counterpart, variants);
        });
        Bucketing bucketing = flag.bucketing();
        if (present instanceof ManagedFlag kept) {
            bucketing = new Bucketing(bucketing.key(), kept.bucketing().salt(), bucketing.unit());
        }
        return flag.edit()
                .id(id)
                .project(project)
                .bucketing(bucketing)
                .dependencies(
                        new ParentDependencies(parents, flag.dependencies().operator()))
                .deployments(deployments)
                .archived(archived)
                .build();
    }
}
