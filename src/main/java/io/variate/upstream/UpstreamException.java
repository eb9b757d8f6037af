package io.variate.upstream;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to the upstream failed, or its answer cannot be used. The message contains no credentials. */
public final class UpstreamException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final int status;
    private final @Nullable Duration retryAfter;

    /** Kinds of failures. */
    public enum Kind {
        /** No connection, or the connection was lost. */
        UNREACHABLE,
        /** No progress within {@code upstream.timeout}. */
        TIMEOUT,
        /** An HTTP status that is not a success. */
        STATUS,
        /** A body larger than its bound. */
        TOO_LARGE,
        /** A body that is not what the protocol says. */
        INVALID,
        /** Too many requests of this node wait already. */
        OVERLOADED;

        /** The form in logs and metrics. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private UpstreamException(Kind kind, String message, int status, @Nullable Duration retryAfter) {
        super(message, null, false, false);
        this.kind = kind;
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /**
     * A failure without a status.
     *
     * @param message without credentials
     */
    public UpstreamException(Kind kind, String message) {
        this(kind, message, 0, null);
    }

    /**
     * An unexpected HTTP status.
     *
     * @param retryAfter the pause that the upstream asks for, or null
     */
    public static UpstreamException ofStatus(int status, @Nullable Duration retryAfter) {
        return new UpstreamException(Kind.STATUS, "the upstream returned status " + status, status, retryAfter);
    }

    public Kind kind() {
        return kind;
    }

    /** The HTTP status, or 0 if the failure is none. */
    public int status() {
        return status;
    }

    /** The pause that the upstream asks for, not bounded yet. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
