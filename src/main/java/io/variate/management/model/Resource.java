package io.variate.management.model;

/** Something that people edit, and that becomes one row of the ruleset. Immutable. */
public sealed interface Resource
        permits ManagedFlag, RawFlag, MutexGroup, HoldoutGroup, ManagedDeployment, ManagedCohort, ManagedProject {

    /** The id for a resource that is not stored yet. */
    long UNSAVED = 0;

    /** Unique among all resources of all kinds and projects; {@link #UNSAVED} before the first write. */
    long id();

    /** The key of the project; empty for the project without a name. */
    String project();

    /**
     * The key of the row: of a flag or group its key, of a deployment its credential, of a cohort its id, of a project its
     * key.
     */
    String key();

    ResourceKind kind();

    /** Whether the resource has no row, but keeps its versions and its key. */
    boolean archived();

    Resource withId(long id);

    Resource withProject(String project);

    Resource withArchived(boolean archived);
}
