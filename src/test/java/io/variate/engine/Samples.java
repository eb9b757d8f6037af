package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sample flags and contexts, with defaults for the parts that do not matter to a test. */
public final class Samples {

    /** All operators. */
    static final List<String> OPERATORS = List.of(
            "is",
            "is not",
            "contains",
            "does not contain",
            "less",
            "less or equal",
            "greater",
            "greater or equal",
            "version less",
            "version less or equal",
            "version greater",
            "version greater or equal",
            "regex match",
            "regex does not match",
            "set is",
            "set is not",
            "set contains",
            "set does not contain",
            "set contains any",
            "set does not contain any");

    private Samples() {}

    /** A flag with the variants {@code on} and {@code off}. */
    static Flag flag(String key, String segments, String... dependencies) {
        return read("""
                {"key":%s,"segments":%s,"dependencies":%s,
                 "variants":{"on":{"key":"on","value":"on"},"off":{"key":"off","metadata":{"default":true}}}}
                """.formatted(Json.write(key), segments, Json.write(List.of(dependencies))));
    }

    /** A flag that is on for every user. */
    public static Flag on(String key, String... dependencies) {
        return flag(key, "[{\"variant\":\"on\"}]", dependencies);
    }

    /** A flag that is on where a condition on {@code context.p} holds, and otherwise assigns nothing. */
    static Flag conditional(String op, String... values) {
        return flag(
                "probe",
                "[{\"conditions\":[[" + condition("[\"context\",\"p\"]", op, values) + "]],\"variant\":\"on\"}]");
    }

    static String condition(String selector, String op, String... values) {
        return "{\"selector\":%s,\"op\":%s,\"values\":%s}"
                .formatted(selector, Json.write(op), Json.write(List.of(values)));
    }

    static Flag read(String json) {
        if (FlagReader.read(Json.parse(json), "flag") instanceof FlagReading.Accepted accepted) {
            return accepted.flag();
        }
        throw new IllegalArgumentException(json);
    }

    static Map<String, @Nullable Object> context(String json) {
        return Vectors.object(Json.parse(json));
    }

    static List<String> keys(Evaluation evaluation) {
        List<String> keys = new ArrayList<>();
        evaluation.forEach(variant -> keys.add(variant.flagKey()));
        return keys;
    }
}
