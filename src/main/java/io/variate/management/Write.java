package io.variate.management;

import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One write of {@link Management#write}. Immutable.
 *
 * <p>Writes that name a resource by its id also name the kinds that it may have: an id of another kind is unknown ({@code
 * unknown_flag} and so on, 404). Their {@code baseVersion} is the version that the client has seen, or null for the current
 * one.
 */
public sealed interface Write {

    /**
     * Creates a resource.
     *
     * @param resource an empty salt, or key of a group or deployment, is drawn at random. A negative id stands for the new
     *     resource in later writes of the same batch, also in what their changes return
     */
    record Create(Resource resource) implements Write {}

    /**
     * Changes a resource. If {@code baseVersion} is older than the current version, {@code change} is applied to that
     * version, and the difference is merged into the current one field by field. Fields that both changed, differently,
     * fail the write with {@link VersionConflictException}.
     *
     * @param change returns the changed resource with the same id and project, and of the same kind or raw. Runs on a worker
     *     thread, perhaps several times, without side effects. It may throw {@link RejectedWriteException}
     */
    record Edit(Set<ResourceKind> kinds, long id, @Nullable Long baseVersion, UnaryOperator<Resource> change)
            implements Write {}

    /** Deletes a resource with its versions for good, if it is archived or nothing refers to it. Its audit entries stay. */
    record Delete(
            Set<ResourceKind> kinds, long id, @Nullable Long baseVersion) implements Write {}

    /**
     * Makes an earlier version the current one, as a new version.
     *
     * @param version the number to return to
     */
    record Revert(
            Set<ResourceKind> kinds, long id, @Nullable Long baseVersion, long version) implements Write {}

    /** Makes a raw flag managed, if that loses nothing; otherwise 409 {@code not_adoptable}. */
    record Adopt(Set<ResourceKind> kinds, long id, @Nullable Long baseVersion) implements Write {}

    /**
     * A write of the project with a key, whose id only the transaction knows.
     *
     * @param project the key; empty for the project without a name
     * @param write creates the write for the id of the project
     */
    record OfProject(String project, LongFunction<Write> write) implements Write {}

    /**
     * Copies a flag, an experiment or a group to the same key of another project, where it creates a resource or changes the present
     * one. Prerequisites become those with the same keys in the other project, which must exist there (409 {@code
     * missing_parent}). A present resource keeps its salt, its deployments and its membership in groups; a new one gets the
     * salt of the source and no deployment. Whether it is archived stays too. Members of a group become the experiments and
     * holdout groups with the same keys, which must exist there as well (409 {@code missing_member}).
     *
     * @param toProject the key of the other project; empty for the project without a name
     */
    record Copy(Set<ResourceKind> kinds, long id, String toProject) implements Write {}
}
