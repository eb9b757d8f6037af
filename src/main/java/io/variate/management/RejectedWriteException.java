package io.variate.management;

import org.jspecify.annotations.Nullable;

/** A write was rejected; nothing was written. */
public class RejectedWriteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final @Nullable String path;

    /**
     * Rejects a write.
     *
     * @param status the HTTP status, 400 to 499
     * @param code the stable code of the error
     * @param message what is wrong and what is allowed; contains no secret
     * @param path the field of the resource, or null
     */
    public RejectedWriteException(int status, String code, String message, @Nullable String path) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.path = path;
    }

    /** The same rejection at another path. */
    RejectedWriteException at(String otherPath) {
        return new RejectedWriteException(status, code, String.valueOf(getMessage()), otherPath);
    }

    /** The HTTP status, 400 to 499. */
    public int status() {
        return status;
    }

    /** The stable code of the error. */
    public String code() {
        return code;
    }

    /** The field of the resource, or null. */
    public @Nullable String path() {
        return path;
    }
}
