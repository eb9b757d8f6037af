package io.variate.rulesets;

import org.jspecify.annotations.Nullable;

/**
 * The state of the ruleset source at the last check of this node.
 *
 * @param state {@code up}, {@code down}, {@code unused} if another node reads it, {@code none} if there is no source
 * @param reason why the source is down, otherwise null
 */
public record SourceStatus(String state, @Nullable String reason) {
    static final SourceStatus UP = new SourceStatus("up", null);
    static final SourceStatus UNUSED = new SourceStatus("unused", null);
    static final SourceStatus NONE = new SourceStatus("none", null);

    static SourceStatus down(Throwable cause) {
        String message = cause.getMessage();
        return new SourceStatus("down", message == null ? cause.getClass().getSimpleName() : message);
    }
}
