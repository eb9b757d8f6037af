package io.variate.it.harness;

import java.time.Duration;

/** Durations of tests that have a long form in the profile {@code long}. */
public final class LongRun {
    private static final boolean LONG = Boolean.getBoolean("variate.long");

    private LongRun() {}

    public static Duration either(Duration shortly, Duration atLength) {
        return LONG ? atLength : shortly;
    }
}
