package io.variate.management.model;

/**
 * A project: a product in an environment. Immutable.
 *
 * @param id see {@link Resource#id}
 * @param project the key, empty for the project without a name
 * @param name for people
 * @param description for people; may be empty
 * @param production whether it serves real users, so that interfaces ask before they change it
 * @param settings the JSON of the row, which may contain credentials; never printed
 */
public record ManagedProject(
        long id, String project, String name, String description, boolean production, String settings, boolean archived)
        implements Resource {
    /** The settings of a project that needs none. */
    public static final String NO_SETTINGS = "{}";

    @Override
    public String key() {
        return project;
    }

    @Override
    public ResourceKind kind() {
        return ResourceKind.PROJECT;
    }

    @Override
    public ManagedProject withId(long changed) {
        return new ManagedProject(changed, project, name, description, production, settings, archived);
    }

    @Override
    public ManagedProject withProject(String changed) {
        return new ManagedProject(id, changed, name, description, production, settings, archived);
    }

    @Override
    public ManagedProject withArchived(boolean changed) {
        return new ManagedProject(id, project, name, description, production, settings, changed);
    }

    public ManagedProject withSettings(String changed) {
        return new ManagedProject(id, project, name, description, production, changed, archived);
    }

    /** Without the settings. */
    @Override
    public String toString() {
        return "ManagedProject[" + id + ", " + project + "]";
    }
}
