package io.variate.web.decoding;

import io.vertx.core.http.HttpHeaders;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The value of {@code Date} in responses, formatted once a second. Thread-safe. Source: RFC 9110, section 6.6.1. */
public final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final long MILLIS = 1_000;

    private static volatile Second current = new Second(0);

    private static final class Second {
        private final long number;
        private final CharSequence text;

        Second(long number) {
            this.number = number;
            this.text = HttpHeaders.createOptimized(FORMAT.format(Instant.ofEpochSecond(number)));
        }
    }

    private HttpDate() {}

    /** The current second. */
    public static CharSequence now() {
        long number = System.currentTimeMillis() / MILLIS;
        Second second = current;
        if (second.number != number) {
            second = new Second(number);
            current = second;
        }
        return second.text;
    }
}
