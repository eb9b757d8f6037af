package io.variate.management.translation;

/** The names that Amplitude gives to the segments of an evaluation flag. */
final class SegmentNames {
    static final String INCLUSIONS = "individual-inclusions";
    static final String DEPENDENCIES = "flag-dependencies";
    static final String STICKY = "sticky-bucketing";
    static final String OTHERS = "All Other Users";
    static final String DEFAULT = "default";

    private SegmentNames() {}
}
