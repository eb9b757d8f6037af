package io.variate.web;

import io.vertx.ext.web.validation.BadRequestException;

/** A request that validation rejected; vertx-web-validation fails the request with it. */
public final class InvalidRequestException extends BadRequestException {
    private static final long serialVersionUID = 1;

    private final transient ApiError error;

    /** Rejects the request with an error. */
    public InvalidRequestException(ApiError error) {
        super(error.message(), null);
        this.error = error;
    }

    /** The error for the client. */
    public ApiError error() {
        return error;
    }
}
