package io.variate.web;

import io.variate.rulesets.NoHistoryException;
import io.variate.rulesets.TooManyRevisionsException;
import io.variate.store.UnknownRevisionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps failures of {@link io.variate.rulesets.PastRulesets} to errors for clients. */
public final class PastRevisions {
    private static final Logger log = LoggerFactory.getLogger(PastRevisions.class);

    private PastRevisions() {}

    /**
     * The error for a failure.
     *
     * @param path the part of the request that names the revision
     */
    public static InvalidRequestException toError(Throwable failure, String path) {
        return new InvalidRequestException(error(failure, path));
    }

    private static ApiError error(Throwable failure, String path) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof NoHistoryException) {
            return new ApiError(409, "no_history", message, path);
        }
        if (failure instanceof UnknownRevisionException) {
            return new ApiError(404, "unknown_revision", message, path);
        }
        if (failure instanceof TooManyRevisionsException) {
            return new ApiError(503, "overloaded", message);
        }
        log.warn("cannot load past revision: {}", failure.toString());
        return new ApiError(503, "database_unavailable", "PostgreSQL did not return the past revision; retry later");
    }
}
