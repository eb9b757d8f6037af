package io.variate.web.decoding;

import org.jspecify.annotations.Nullable;

/**
 * A request whose bytes are malformed: its framing, its target, or an encoding in it. After malformed HTTP/1 framing the
 * following bytes cannot be trusted, so the server closes the connection after the response.
 */
public final class UnacceptableRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final @Nullable String path;

    /** An error of status 400 and code {@code bad_request}. */
    UnacceptableRequestException(String message, @Nullable String path) {
        this(400, "bad_request", message, path);
    }

    /**
     * An error of any status.
     *
     * @param path the invalid part of the request; null for the request as a whole
     */
    UnacceptableRequestException(int status, String code, String message, @Nullable String path) {
        super(message);
        this.status = status;
        this.code = code;
        this.path = path;
    }

    /** HTTP status of the response. */
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

    /** The invalid part of the request; null for the request as a whole. */
    public @Nullable String path() {
        return path;
    }

    /** No stack trace: attackers send such requests in floods. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
