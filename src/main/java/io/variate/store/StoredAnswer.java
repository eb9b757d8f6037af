package io.variate.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request with an {@code Idempotency-Key}.
 *
 * @param status the HTTP status
 * @param entityTag the header {@code ETag}, or null
 * @param revision the revision of the ruleset that contains the write, or null
 * @param warnings the headers {@code X-Variate-Warning}
 * @param body the body, JSON or plain text
 */
public record StoredAnswer(
        int status, @Nullable String entityTag, @Nullable Long revision, List<String> warnings, String body) {
    public StoredAnswer {
        warnings = List.copyOf(warnings);
    }
}
