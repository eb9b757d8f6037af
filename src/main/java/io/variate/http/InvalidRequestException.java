package io.variate.http;

import io.vertx.ext.web.validation.BadRequestException;

/** A request that validation refused; vertx-web-validation turns it into a failure of the request. */
final class InvalidRequestException extends BadRequestException {
    private static final long serialVersionUID = 1;

    private final transient ApiError error;

    InvalidRequestException(ApiError error) {
        super(error.message(), null);
        this.error = error;
    }

    ApiError error() {
        return error;
    }
}
