package io.variate.rulesets;

import org.jspecify.annotations.Nullable;

/**
 * How the source of the ruleset did at the last check of this node.
 *
 * @param state {@code up}, {@code down}, {@code unused} if another node reads it, {@code none} if there is no source
 * @param reason why it is down
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
