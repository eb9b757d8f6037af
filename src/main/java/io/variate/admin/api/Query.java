package io.variate.admin.api;

import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.QueryString;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads query parameters strictly: each at most once. Unknown parameters are ignored, because clients of Amplitude send
 * some that its documents do not list.
 *
 * @param text null for none
 */
record Query(@Nullable String text) {
    /** Before all versions. */
    static final Instant FIRST_TIME = Instant.EPOCH;

    /** After all versions, and within the range of PostgreSQL. */
    static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

    private static final int MOST_DIGITS = 18;
    private static final int LONGEST = 1_024;

    /** @throws InvalidRequestException if the parameter is repeated, too long, or contains a NUL character */
    @Nullable
    String optional(String name) {
        List<String> values = QueryString.values(text, name);
        if (values.size() > 1) {
            throw new InvalidRequestException(
                    ApiError.badRequest("repeated_parameter", name + " must be given at most once", name));
        }
        String value = values.isEmpty() ? null : values.get(0);
        if (value != null && value.length() > LONGEST) {
            throw invalid(name, "at most " + LONGEST + " characters");
        }
        if (value != null && !JsonBody.isStorable(value)) {
            throw invalid(name, "a text without U+0000");
        }
        return value;
    }

    /** Reads {@code true} or {@code false}; false if absent. */
    boolean bool(String name) {
        String value = optional(name);
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.equals("true")) {
            return true;
        }
        throw invalid(name, "true or false");
    }

    /** Reads an integer from {@code min} to {@code max}, or returns {@code absent}. */
    long integer(String name, long min, long max, long absent) {
        String value = optional(name);
        if (value == null) {
            return absent;
        }
        if (value.length() <= MOST_DIGITS && value.matches("[0-9]+")) {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw invalid(name, "an integer between " + min + " and " + max);
    }

    /** Reads an ISO 8601 time with offset, or a date, which is its midnight in UTC; or returns {@code absent}. */
    Instant time(String name, Instant absent) {
        String value = optional(name);
        if (value == null) {
            return absent;
        }
        try {
            // An unescaped plus sign is a space in a query.
            Instant time = value.contains("T")
                    ? OffsetDateTime.parse(value.replace(' ', '+')).toInstant()
                    : LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant();
            if (!time.isBefore(FIRST_TIME) && !time.isAfter(LAST_TIME)) {
                return time;
            }
        } catch (DateTimeParseException e) {
            // Reported below.
        }
        throw invalid(name, "a time such as 2026-07-29T03:32:49.594Z, or a date");
    }

    private static InvalidRequestException invalid(String name, String allowed) {
        return new InvalidRequestException(
                ApiError.badRequest("invalid_parameter", name + " must be " + allowed, name));
    }
}
