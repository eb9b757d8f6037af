package io.variate.web;

import io.vertx.ext.web.validation.BadRequestException;

/** A request that validation refused; vertx-web-validation turns it into a failure of the request. */
public final class InvalidRequestException extends BadRequestException {
    private static final long serialVersionUID = 1;

    private final transient ApiError error;

    /** Tells the client of this error. */
    public InvalidRequestException(ApiError error) {
        super(error.message(), null);
        this.error = error;
    }

    /** What the client is told. */
    public ApiError error() {
        return error;
    }
}
