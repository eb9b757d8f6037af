package io.variate.management.model;

/**
 * A cohort of the ruleset. Immutable.
 *
 * @param id see {@link Resource#id}
 * @param key the id of the cohort, which conditions use
 * @param definition the JSON of the row: {@code id}, {@code groupType}, {@code memberIds} and what else was written
 */
public record ManagedCohort(long id, String project, String key, String definition, boolean archived)
        implements Resource {

    @Override
    public ResourceKind kind() {
        return ResourceKind.COHORT;
    }

    @Override
    public ManagedCohort withId(long changed) {
        return new ManagedCohort(changed, project, key, definition, archived);
    }

    @Override
    public ManagedCohort withProject(String changed) {
        return new ManagedCohort(id, changed, key, definition, archived);
    }

    @Override
    public ManagedCohort withArchived(boolean changed) {
        return new ManagedCohort(id, project, key, definition, changed);
    }

    public ManagedCohort withDefinition(String changed) {
        return new ManagedCohort(id, project, key, changed, archived);
    }

    /** Without the members. */
    @Override
    public String toString() {
        return "ManagedCohort[" + id + ", " + key + "]";
    }
}
