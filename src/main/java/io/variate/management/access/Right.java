package io.variate.management.access;

/** What a request of the management API does. */
public enum Right {
    /** Reads resources of a project. */
    READ,

    /** Changes flags and experiments. */
    WRITE,

    /**
     * Changes everything else, such as deployments, cohorts, groups and projects, and reads deployment keys. Tokens and the
     * whole ruleset need it in all projects.
     */
    ADMINISTER
}
