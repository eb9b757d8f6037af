package io.variate.engine;

/** The cohort memberships known to the server. Thread-safe and non-blocking, because evaluations call it. */
@FunctionalInterface
public interface Membership {

    /** The group type of user cohorts, whose members are user ids. */
    String USER = "User";

    /** All cohorts are empty. */
    Membership NONE = (groupType, cohortId, member) -> false;

    /**
     * Whether a cohort contains a member; false if the cohort is unknown or has another type.
     *
     * @param groupType {@link #USER}, or a group type, whose members are group names
     */
    boolean contains(String groupType, String cohortId, String member);
}
