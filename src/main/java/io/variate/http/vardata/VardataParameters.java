package io.variate.http.vardata;

import io.variate.http.flags.FlagQuery;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.QueryString;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of vardata endpoints, validated and normalized.
 *
 * @param userId null if missing or empty
 * @param deviceId null if missing or empty
 * @param context JSON text, not yet parsed, or null if missing or empty
 * @param flags the requested flags, their keys sorted
 */
record VardataParameters(
        @Nullable String userId,
        @Nullable String deviceId,
        @Nullable String context,
        FlagFilter flags) {

    private static final VardataParameters EMPTY = new VardataParameters(null, null, null, FlagFilter.ALL);

    /**
     * Reads the query string.
     *
     * @throws InvalidRequestException naming the invalid parameter
     */
    static VardataParameters of(@Nullable String query) {
        if (query == null || query.isEmpty()) {
            return EMPTY;
        }
        Collector collector = new Collector();
        QueryString.forEach(query, collector::accept);
        return collector.toQuery();
    }

    private static final class Collector {
        private final FlagQuery flags = new FlagQuery();
        private @Nullable String userId;
        private @Nullable String deviceId;
        private @Nullable String context;

        void accept(String name, String value) {
            switch (name) {
                case "user_id" -> userId = identity(name, userId, value);
                case "device_id" -> deviceId = identity(name, deviceId, value);
                case "context" -> context = once(name, context, value);
                default -> flags.accept(name, value);
            }
        }

        VardataParameters toQuery() {
            return new VardataParameters(
                    emptyToNull(userId), emptyToNull(deviceId), emptyToNull(context), flags.toFilter());
        }

        private static String identity(String name, @Nullable String earlier, String value) {
            if (value.indexOf('\0') >= 0) {
                throw new InvalidRequestException(
                        ApiError.badRequest("invalid_parameter", "must not contain a NUL character", name));
            }
            return once(name, earlier, value);
        }

        /** Rejects two different values, since it is unclear which one is meant. */
        private static String once(String name, @Nullable String earlier, String value) {
            if (earlier != null && !earlier.equals(value)) {
                throw new InvalidRequestException(
                        ApiError.badRequest("repeated_parameter", "must not be repeated with another value", name));
            }
            return value;
        }

        private static @Nullable String emptyToNull(@Nullable String value) {
            return value == null || value.isEmpty() ? null : value;
        }
    }
}
