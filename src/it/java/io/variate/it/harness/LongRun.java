package io.variate.it.harness;

import java.time.Duration;

/** Durations and counts of tests that have a long form in the profile {@code long}. */
public final class LongRun {
    private static final boolean LONG = Boolean.getBoolean("variate.long");

    private LongRun() {}

    public static Duration either(Duration shortly, Duration atLength) {
        return LONG ? atLength : shortly;
    }

    public static int either(int fewer, int all) {
        return LONG ? all : fewer;
    }
}
