package io.variate.simulation;

import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Ruleset;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.PastRevisions;
import io.variate.web.decoding.QueryString;
import io.vertx.core.Future;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The revision that a request asks about: {@code ?revision=} with a number, or {@code ?at=} with a time. */
public sealed interface RequestedRevision {
    /** Neither parameter: the ruleset that this node serves. */
    record Served() implements RequestedRevision {
        @Override
        public Future<Ruleset> of(Ruleset served, PastRulesets past) {
            return Future.succeededFuture(served);
        }
    }

    /** A past or present revision by its number. */
    record Numbered(long number) implements RequestedRevision {
        @Override
        public Future<Ruleset> of(Ruleset served, PastRulesets past) {
            return past.at(number).recover(failure -> Future.failedFuture(PastRevisions.toError(failure, REVISION)));
        }
    }

    /** The latest revision at a time. */
    record At(Instant time) implements RequestedRevision {
        @Override
        public Future<Ruleset> of(Ruleset served, PastRulesets past) {
            return past.at(time).recover(failure -> Future.failedFuture(PastRevisions.toError(failure, AT)));
        }
    }

    /**
     * The ruleset of the revision.
     *
     * @param served by this node
     * @return fails with {@link InvalidRequestException}, which has the error for the client
     */
    Future<Ruleset> of(Ruleset served, PastRulesets past);

    /** The parameter with a number. */
    String REVISION = "revision";

    /** The parameter with a time. */
    String AT = "at";

    /** More digits overflow. */
    int MOST_DIGITS = 18;

    /** PostgreSQL has no times of later years. */
    int LAST_YEAR = 9999;

    /**
     * Reads the query string.
     *
     * @throws InvalidRequestException naming the invalid parameter
     */
    static RequestedRevision read(@Nullable String query) {
        String number = only(query, REVISION);
        String time = only(query, AT);
        if (number != null && time != null) {
            throw invalid("must not be sent together with " + REVISION, AT);
        }
        return number != null ? new Numbered(number(number)) : time != null ? new At(time(time)) : new Served();
    }

    private static @Nullable String only(@Nullable String query, String name) {
        List<String> values = QueryString.values(query, name);
        if (values.size() > 1) {
            throw new InvalidRequestException(
                    ApiError.badRequest("repeated_parameter", "must be sent at most once", name));
        }
        return values.isEmpty() ? null : values.get(0);
    }

    private static long number(String text) {
        if (text.isEmpty() || text.length() > MOST_DIGITS || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw invalid("must be a revision: an integer of at most " + MOST_DIGITS + " digits", REVISION);
        }
        return Long.parseLong(text);
    }

    private static Instant time(String text) {
        try {
            OffsetDateTime time = OffsetDateTime.parse(text);
            if (time.getYear() >= 0 && time.getYear() <= LAST_YEAR) {
                return time.toInstant();
            }
        } catch (DateTimeException e) {
            throw notATime();
        }
        throw notATime();
    }

    private static InvalidRequestException notATime() {
        return invalid("must be a time as in ISO 8601, such as 2027-01-31T09:30:00Z, with + encoded as %2B", AT);
    }

    private static InvalidRequestException invalid(String message, String parameter) {
        return new InvalidRequestException(ApiError.badRequest("invalid_parameter", message, parameter));
    }
}
