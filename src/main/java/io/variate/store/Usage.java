package io.variate.store;

import java.time.Instant;

/**
 * How often something was used, and when for the last time.
 *
 * @param count number of uses
 * @param last time of the last use, within a minute
 */
public record Usage(long count, Instant last) {
    /** The usage of both together. */
    public Usage plus(Usage other) {
        return new Usage(count + other.count, last.isAfter(other.last) ? last : other.last);
    }
}
