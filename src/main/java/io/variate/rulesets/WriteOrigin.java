package io.variate.rulesets;

import org.jspecify.annotations.Nullable;

/**
 * Who writes, from where and why, for versions and the audit.
 *
 * @param actor the name of the token or of a part of the server
 * @param door the way in, such as {@code ruleset} for documents
 * @param reason for people, or null
 * @param requestId identifies the request in logs
 */
public record WriteOrigin(
        String actor, String door, @Nullable String reason, String requestId) {
    /** A writer outside of this server, or one that states nothing. */
    public static final WriteOrigin UNKNOWN = new WriteOrigin("unknown", "database", null, "");
}
