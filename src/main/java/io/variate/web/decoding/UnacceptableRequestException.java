package io.variate.web.decoding;

import org.jspecify.annotations.Nullable;

/**
 * A request whose framing or target is not what RFC 9112 allows. What follows it on its connection cannot be trusted, so
 * the connection is closed after the answer.
 */
public final class UnacceptableRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final @Nullable String path;

    /** A request that is answered 400 {@code bad_request}. */
    UnacceptableRequestException(String message, @Nullable String path) {
        this(400, "bad_request", message, path);
    }

    /**
     * A request that is not served.
     *
     * @param path which part of the request is wrong; null for the request as a whole
     */
    UnacceptableRequestException(int status, String code, String message, @Nullable String path) {
        super(message);
        this.status = status;
        this.code = code;
        this.path = path;
    }

    /** HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** Stable name of the error. */
    public String code() {
        return code;
    }

    /** What is wrong and what is allowed. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** Which part of the request is wrong; null for the request as a whole. */
    public @Nullable String path() {
        return path;
    }

    /** Requests of this kind come in floods, and nobody reads their traces. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
