package io.variate.admin.console;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import org.jspecify.annotations.Nullable;

/** Times in JSON: UTC in ISO 8601 with milliseconds. */
final class Times {
    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private Times() {}

    static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : MILLIS.format(time);
    }
}
