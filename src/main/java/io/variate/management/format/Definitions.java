package io.variate.management.format;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text of a row inside the JSON of a resource: an object if that reproduces the text, else a string with the text.
 */
final class Definitions {
    private Definitions() {}

    static String read(Fields fields, String field) {
        Object value = fields.reader().value(field);
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Map) {
            return Json.write(value);
        }
        fields.at(field).add("", value == null ? "is required" : "must be an object");
        return "{}";
    }

    static @Nullable Object write(String text) {
        try {
            Object tree = Json.parseStrict(text);
            return tree instanceof Map && Json.write(tree).equals(text) ? tree : text;
        } catch (JsonException e) {
            return text;
        }
    }
}
