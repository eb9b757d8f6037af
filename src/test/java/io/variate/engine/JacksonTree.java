package io.variate.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.variate.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Trees like those of {@link Json}, from an independent parser. */
final class JacksonTree {

    private static final JsonFactory STRICT = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Json.MAX_DEPTH)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JacksonTree() {}

    /** Returns the tree of a text; null for invalid JSON and for {@code null}. */
    static @Nullable Object parse(String text) {
        try (JsonParser tokens = STRICT.createParser(text)) {
            JsonToken first = tokens.nextToken();
            Object tree = first == null ? null : read(tokens);
            return tokens.nextToken() == null ? tree : null;
        } catch (JsonProcessingException notJson) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Object read(JsonParser tokens) throws IOException {
        return switch (tokens.currentToken()) {
            case START_OBJECT -> readObject(tokens);
            case START_ARRAY -> readArray(tokens);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(tokens.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> tokens.getText();
        };
    }

    private static Map<String, @Nullable Object> readObject(JsonParser tokens) throws IOException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        while (tokens.nextToken() != JsonToken.END_OBJECT) {
            String key = tokens.currentName();
            tokens.nextToken();
            members.put(key, read(tokens));
        }
        return members;
    }

    private static List<@Nullable Object> readArray(JsonParser tokens) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        while (tokens.nextToken() != JsonToken.END_ARRAY) {
            elements.add(read(tokens));
        }
        return elements;
    }

    /**
     * Converts a literal. One without a fraction is an integer if its value fits 64 bits; every other number is a
     * double.
     */
    static Number number(String literal) {
        if (!literal.contains(".")) {
            try {
                return new BigDecimal(literal).longValueExact();
            } catch (ArithmeticException | NumberFormatException noLong) {
                return Double.valueOf(literal);
            }
        }
        return Double.valueOf(literal);
    }
}
