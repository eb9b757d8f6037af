package io.variate.management.model;

import java.util.List;

/**
 * A flag, experiment or group whose evaluation JSON is kept as written, because no other resource compiles to it. Immutable.
 *
 * @param id see {@link Resource#id}
 * @param kind that of the metadata key {@code flagType}; a flag if it has none
 * @param name for people
 * @param description for people; may be empty
 * @param definition the row as written; JSON unless somebody wrote the row with SQL
 * @param deployments ids of the deployments that serve the flag
 * @param tags for people
 */
public record RawFlag(
        long id,
        String project,
        String key,
        ResourceKind kind,
        String name,
        String description,
        String definition,
        List<Long> deployments,
        List<String> tags,
        boolean archived)
        implements Resource {

    public RawFlag {
        deployments = List.copyOf(deployments);
        tags = List.copyOf(tags);
        if (!kind.isFlagRow()) {
            throw new IllegalArgumentException("no flag is of kind " + kind);
        }
    }

    @Override
    public RawFlag withId(long changed) {
        return new RawFlag(changed, project, key, kind, name, description, definition, deployments, tags, archived);
    }

    @Override
    public RawFlag withProject(String changed) {
        return new RawFlag(id, changed, key, kind, name, description, definition, deployments, tags, archived);
    }

    @Override
    public RawFlag withArchived(boolean changed) {
        return new RawFlag(id, project, key, kind, name, description, definition, deployments, tags, changed);
    }

    public RawFlag withDeployments(List<Long> changed) {
        return new RawFlag(id, project, key, kind, name, description, definition, changed, tags, archived);
    }

    /** The same flag with other evaluation JSON, which may be of another kind. */
    public RawFlag withDefinition(ResourceKind changedKind, String changed) {
        return new RawFlag(id, project, key, changedKind, name, description, changed, deployments, tags, archived);
    }
}
