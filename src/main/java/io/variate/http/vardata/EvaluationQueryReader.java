package io.variate.http.vardata;

import io.variate.http.vardata.EvaluationQuery.Source;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.ApiError;
import io.variate.web.Base64Text;
import io.variate.web.Bodies;
import io.variate.web.InvalidRequestException;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the forms in which clients send an {@link EvaluationQuery}, one method per form.
 *
 * <p>Each throws an {@link InvalidRequestException} naming the invalid part. The evaluator checks the JSON of the user.
 * Source: the vardata endpoints of Amplitude's Evaluation API, of its SDKs and of its evaluation proxy.
 */
public final class EvaluationQueryReader {
    private static final String USER = "X-Amp-Exp-User";
    private static final String FLAG_KEYS = "X-Amp-Exp-Flag-Keys";

    private EvaluationQueryReader() {}

    /** {@code GET /v1/vardata}: everything in the URL. */
    static EvaluationQuery fromParameters(RoutingContext context) {
        VardataParameters query = query(context);
        return new EvaluationQuery(
                Source.PARAMETERS, query.userId(), query.deviceId(), query.context(), flags(context, query));
    }

    /** {@code POST /v1/vardata}: the user as body; parameters override it. */
    public static EvaluationQuery fromBodyAndParameters(RoutingContext context) {
        EvaluationQuery query = fromParameters(context);
        return query.user() == null
                ? new EvaluationQuery(Source.BODY, query.userId(), query.deviceId(), body(context), query.flags())
                : query;
    }

    /** {@code GET} of SDKs: the user in a header. */
    static EvaluationQuery fromHeaders(RoutingContext context) {
        return new EvaluationQuery(Source.HEADER, null, null, text(context, USER), flags(context, query(context)));
    }

    /** {@code POST} of SDKs: the user as body. */
    static EvaluationQuery fromBody(RoutingContext context) {
        return new EvaluationQuery(Source.BODY, null, null, body(context), flags(context, query(context)));
    }

    private static VardataParameters query(RoutingContext context) {
        return VardataParameters.of(context.request().query());
    }

    private static @Nullable String body(RoutingContext context) {
        String body = Bodies.textOf(context);
        return body.isEmpty() ? null : body;
    }

    /** A header that names flags overrides parameters, as in Amplitude's evaluation proxy. */
    private static FlagFilter flags(RoutingContext context, VardataParameters query) {
        String json = text(context, FLAG_KEYS);
        List<String> keys = json == null ? List.of() : strings(json);
        FlagFilter flags = query.flags();
        return keys.isEmpty() ? flags : new FlagFilter(flags.evaluationMode(), flags.deliveryMethod(), keys);
    }

    private static List<String> strings(String json) {
        TreeSet<String> keys = new TreeSet<>();
        for (Object key : array(json)) {
            if (!(key instanceof String text)) {
                throw notAnArrayOfStrings();
            }
            if (!text.isEmpty()) {
                keys.add(text);
            }
        }
        return List.copyOf(keys);
    }

    private static List<?> array(String json) {
        try {
            if (Json.parse(json) instanceof List<?> array) {
                return array;
            }
        } catch (JsonException e) {
            throw notAnArrayOfStrings();
        }
        throw notAnArrayOfStrings();
    }

    private static InvalidRequestException notAnArrayOfStrings() {
        return new InvalidRequestException(
                ApiError.badRequest("invalid_parameter", "must be a JSON array of strings", FLAG_KEYS));
    }

    /** The text that a header contains as base64, or null if the header is missing or empty. */
    private static @Nullable String text(RoutingContext context, String header) {
        String value = onlyValue(context.request().headers(), header);
        return value == null || value.isEmpty() ? null : Base64Text.decode(value, header);
    }

    /** Rejects two different values, since it is unclear which one is meant. */
    private static @Nullable String onlyValue(MultiMap headers, String name) {
        List<String> values = headers.getAll(name);
        if (values.isEmpty()) {
            return null;
        }
        for (String value : values) {
            if (!value.equals(values.get(0))) {
                throw new InvalidRequestException(
                        ApiError.badRequest("repeated_parameter", "must not be repeated with another value", name));
            }
        }
        return values.get(0);
    }
}
