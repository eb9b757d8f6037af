package io.variate.upstream;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Reads the header {@code Retry-After}. Source: RFC 9110, section 10.2.3. */
final class RetryAfter {
    /** Longer texts of digits would overflow. */
    private static final int MAX_DIGITS = 9;

    private RetryAfter() {}

    /** The pause, or null if the header is missing or invalid. */
    static @Nullable Duration read(@Nullable String header, Clock clock) {
        String text = header == null ? "" : header.strip();
        if (text.isEmpty()) {
            return null;
        }
        if (text.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
            return text.length() > MAX_DIGITS
                    ? Duration.ofSeconds(Integer.MAX_VALUE)
                    : Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Instant until = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
            Duration left = Duration.between(clock.instant(), until);
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeException e) {
            return null;
        }
    }
}
