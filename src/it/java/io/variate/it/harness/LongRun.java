package io.variate.it.harness;

import java.time.Duration;

/** What takes its time in the profile {@code long}, and is shown in a shorter time otherwise. */
public final class LongRun {
    private static final boolean LONG = Boolean.getBoolean("variate.long");

    private LongRun() {}

    public static Duration either(Duration shortly, Duration atLength) {
        return LONG ? atLength : shortly;
    }
}
