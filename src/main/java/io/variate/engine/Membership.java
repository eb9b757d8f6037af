package io.variate.engine;

/** Who is in which cohort, as the server knows it. Thread-safe, and never blocks: it is asked during evaluations. */
@FunctionalInterface
public interface Membership {

    /** The group type of cohorts of users, whose members are user ids. */
    String USER = "User";

    /** Nobody is in any cohort. */
    Membership NONE = (groupType, cohortId, member) -> false;

    /**
     * Whether a cohort contains a member; false for cohorts that are unknown or of another type.
     *
     * @param groupType {@link #USER}, or a type of groups, whose members are names of groups
     */
    boolean contains(String groupType, String cohortId, String member);
}
