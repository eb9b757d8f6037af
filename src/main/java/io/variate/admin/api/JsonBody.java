package io.variate.admin.api;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.decoding.StrictUtf8;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the bodies of requests. Call it on a worker thread, because bodies may be large. */
final class JsonBody {
    /** Members whose content is data, which may be any JSON text. */
    private static final Set<String> DATA = Set.of("payload", "definition");

    private static final String BODY = "body";

    private JsonBody() {}

    /**
     * Parses a body. Numbers keep their text.
     *
     * @return null for an empty body
     * @throws InvalidRequestException if the body is not JSON, repeats a name in an object, or has a text that the database
     *     cannot store
     * @throws io.variate.web.decoding.UnacceptableRequestException if it is not UTF-8
     */
    static @Nullable Object parse(byte[] bytes) {
        String text = StrictUtf8.decode(bytes, bytes.length, BODY);
        if (text.isBlank()) {
            return null;
        }
        Object tree;
        try {
            tree = Json.parseStrict(text);
        } catch (JsonException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("invalid_json", String.valueOf(e.getMessage()), e.path()));
        }
        rejectUnstorable(tree, "");
        return tree;
    }

    private static void rejectUnstorable(@Nullable Object tree, String path) {
        if (tree instanceof Map<?, ?> members) {
            members.forEach((name, value) -> {
                String key = String.valueOf(name);
                rejectUnstorable(key, path);
                if (!DATA.contains(key)) {
                    rejectUnstorable(value, path.isEmpty() ? key : path + "." + key);
                }
            });
        } else if (tree instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                rejectUnstorable(elements.get(i), path + "[" + i + "]");
            }
        } else if (tree instanceof String text && !isStorable(text)) {
            throw new InvalidRequestException(ApiError.badRequest(
                    "invalid_text", "must contain neither U+0000 nor a lone surrogate", path.isEmpty() ? BODY : path));
        }
    }

    /** Whether UTF-8 and PostgreSQL can represent a text. */
    static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\0' || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
