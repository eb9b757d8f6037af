package io.variate.management.translation;

/** The values of the metadata key {@code flagType}. */
final class FlagTypes {
    static final String RELEASE = "release";
    static final String EXPERIMENT = "experiment";
    static final String MUTEX = "mutual-exclusion-group";
    static final String HOLDOUT = "holdout-group";

    private FlagTypes() {}
}
