package io.variate.http.vardata;

import io.variate.http.vardata.Question.Source;
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
 * The ways in which clients put their questions, one method for each.
 *
 * <p>Each throws an {@link InvalidRequestException} naming what is wrong, except that the JSON of a user is left to the
 * evaluator. Source: the vardata endpoints of Amplitude's Evaluation API, of its SDKs and of its evaluation proxy.
 */
public final class Questions {
    private static final String USER = "X-Amp-Exp-User";
    private static final String FLAG_KEYS = "X-Amp-Exp-Flag-Keys";

    private Questions() {}

    /** {@code GET /v1/vardata}: in the URL. */
    static Question inParameters(RoutingContext context) {
        VardataQuery query = query(context);
        return new Question(
                Source.PARAMETERS, query.userId(), query.deviceId(), query.context(), flags(context, query));
    }

    /** {@code POST /v1/vardata}: the user as body, and parameters that win over it. */
    public static Question inBodyAndParameters(RoutingContext context) {
        Question asked = inParameters(context);
        return asked.user() == null
                ? new Question(Source.BODY, asked.userId(), asked.deviceId(), body(context), asked.flags())
                : asked;
    }

    /** {@code GET} of SDKs: the user in a header. */
    static Question inHeaders(RoutingContext context) {
        return new Question(Source.HEADER, null, null, text(context, USER), flags(context, query(context)));
    }

    /** {@code POST} of SDKs: the user as body. */
    static Question inBody(RoutingContext context) {
        return new Question(Source.BODY, null, null, body(context), flags(context, query(context)));
    }

    private static VardataQuery query(RoutingContext context) {
        return VardataQuery.of(context.request().query());
    }

    private static @Nullable String body(RoutingContext context) {
        String body = Bodies.textOf(context);
        return body.isEmpty() ? null : body;
    }

    /** As the evaluation proxy does it: a header that names flags wins over parameters. */
    private static FlagFilter flags(RoutingContext context, VardataQuery query) {
        String json = text(context, FLAG_KEYS);
        List<String> keys = json == null ? List.of() : strings(json);
        FlagFilter flags = query.flags();
        return keys.isEmpty() ? flags : new FlagFilter(flags.evaluationMode(), flags.deliveryMethod(), keys);
    }

    private static List<String> strings(String json) {
        TreeSet<String> keys = new TreeSet<>();
        for (Object key : array(json)) {
            if (!(key instanceof String text)) {
                throw noArrayOfStrings();
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
            throw noArrayOfStrings();
        }
        throw noArrayOfStrings();
    }

    private static InvalidRequestException noArrayOfStrings() {
        return new InvalidRequestException(
                ApiError.badRequest("invalid_parameter", "the value is not a JSON array of strings", FLAG_KEYS));
    }

    /** The text in the base64 of a header, or null if the header is missing or empty. */
    private static @Nullable String text(RoutingContext context, String header) {
        String value = onlyValue(context.request().headers(), header);
        return value == null || value.isEmpty() ? null : Base64Text.decode(value, header);
    }

    /** Of two different values nobody can say which is meant, so neither is taken. */
    private static @Nullable String onlyValue(MultiMap headers, String name) {
        List<String> values = headers.getAll(name);
        if (values.isEmpty()) {
            return null;
        }
        for (String value : values) {
            if (!value.equals(values.get(0))) {
                throw new InvalidRequestException(
                        ApiError.badRequest("repeated_parameter", "the header is given more than once", name));
            }
        }
        return values.get(0);
    }
}
