package io.variate.rulesets;

import io.variate.rulesets.rows.Revision;
import org.jspecify.annotations.Nullable;

/**
 * The state of the ruleset source at the last check of this node.
 *
 * @param state {@code up}, {@code down}, {@code diverged}, {@code unused} if another node reads it, {@code none} if there is
 *     no source
 * @param reason why the source is down or diverged, otherwise null
 * @param divergence null unless diverged
 */
public record SourceStatus(
        String state, @Nullable String reason, @Nullable Divergence divergence) {
    static final SourceStatus UP = new SourceStatus("up", null);
    static final SourceStatus UNUSED = new SourceStatus("unused", null);
    static final SourceStatus NONE = new SourceStatus("none", null);

    private static final String DIVERGED = "diverged";

    SourceStatus(String state, @Nullable String reason) {
        this(state, reason, null);
    }

    /**
     * The source does not know the served revision: its database was restored from a backup, or it is another one.
     *
     * @param served what this node keeps serving
     * @param found what the source has
     */
    public record Divergence(Revision served, Revision found) {}

    static SourceStatus down(Throwable cause) {
        String message = cause.getMessage();
        return new SourceStatus("down", message == null ? cause.getClass().getSimpleName() : message);
    }

    static SourceStatus diverged(Revision served, Revision found) {
        return new SourceStatus(
                DIVERGED,
                "history_diverged: serving revision " + served.number() + ", the source has " + found.number(),
                new Divergence(served, found));
    }

    /** Whether the source does not know the served revision. */
    public boolean isDiverged() {
        return state.equals(DIVERGED);
    }
}
