package io.variate.http.flags;

import io.variate.rulesets.document.FlagFilter;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.QueryString;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The query parameters that filter flags; all others are ignored. */
public final class FlagQuery {
    private static final Set<String> EVALUATION_MODES = new TreeSet<>(Set.of("local", "remote"));
    private static final Set<String> DELIVERY_METHODS = new TreeSet<>(Set.of("feature", "web"));

    private @Nullable String evaluationMode;
    private @Nullable String deliveryMethod;
    private final Set<String> keys = new TreeSet<>();

    /**
     * Reads the query string.
     *
     * @throws InvalidRequestException naming the invalid parameter
     */
    static FlagFilter read(@Nullable String query) {
        if (query == null || query.isEmpty()) {
            return FlagFilter.ALL;
        }
        FlagQuery read = new FlagQuery();
        QueryString.forEach(query, read::accept);
        return read.toFilter();
    }

    public FlagFilter toFilter() {
        return keys.isEmpty() && evaluationMode == null && deliveryMethod == null
                ? FlagFilter.ALL
                : new FlagFilter(evaluationMode, deliveryMethod, List.copyOf(keys));
    }

    public void accept(String name, String value) {
        switch (name) {
            case "eval_mode" -> evaluationMode = choice(name, evaluationMode, value, EVALUATION_MODES);
            case "delivery_method" -> deliveryMethod = choice(name, deliveryMethod, value, DELIVERY_METHODS);
            case "flag_key", "flag_keys" -> {
                int start = 0;
                while (start <= value.length()) {
                    int comma = value.indexOf(',', start);
                    int end = comma < 0 ? value.length() : comma;
                    String key = value.substring(start, end).strip();
                    if (!key.isEmpty()) {
                        keys.add(key);
                    }
                    start = end + 1;
                }
            }
            default -> {
                // SDKs and caches add parameters of their own.
            }
        }
    }

    /** Rejects unknown values: a guess could return other flags than requested, unnoticed. */
    private static @Nullable String choice(String name, @Nullable String earlier, String value, Set<String> choices) {
        if (value.isEmpty()) {
            return earlier;
        }
        if (!choices.contains(value)) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_parameter", "must be " + String.join(" or ", choices), name));
        }
        if (earlier != null && !earlier.equals(value)) {
            throw new InvalidRequestException(
                    ApiError.badRequest("repeated_parameter", "must not be repeated with another value", name));
        }
        return value;
    }
}
