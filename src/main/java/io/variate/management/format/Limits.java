package io.variate.management.format;

/** The limits on what people send. Lengths are in UTF-16 code units. */
public final class Limits {
    public static final int KEY = 200;
    public static final int NAME = 200;
    public static final int DESCRIPTION = 4_000;
    public static final int TAGS = 100;
    public static final int TAG = 100;
    public static final int VARIANTS = 100;
    public static final int SEGMENTS = 100;
    public static final int CONDITIONS = 100;
    public static final int VALUES = 10_000;
    public static final int VALUE = 1_000;

    /** Users of one variant, and likewise cohorts. */
    public static final int INCLUSIONS = 2_000;

    public static final int SLOTS = 20;
    public static final int DEPLOYMENTS = 1_000;
    public static final int PARENTS = 100;

    /** Experiments of a group, and holdouts of a slot. */
    public static final int MEMBERS = 1_000;

    public static final long WEIGHT = 1_000_000;

    /** The row of a flag or cohort, as PostgreSQL keys of the ruleset may be. */
    static final int ROW_KEY = 2_048;

    private Limits() {}
}
