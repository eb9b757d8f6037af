package io.variate.management.format;

import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.json.ObjectReader;
import io.variate.json.Problems;
import io.variate.json.TextForm;
import io.variate.management.model.Rollout;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the fields of one object with limits. As {@link ObjectReader}, it reports problems and never throws. */
record Fields(ObjectReader reader) {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    /** The longest text of a percentage: parsing takes quadratic time. */
    private static final int MAX_NUMBER = 40;

    static Fields of(@Nullable Object tree, Problems problems) {
        return new Fields(ObjectReader.of(tree, problems));
    }

    Problems at(String field) {
        return reader.problems().member(field);
    }

    boolean has(String field) {
        return reader.value(field) != null;
    }

    @Nullable
    String optionalText(String field, int max) {
        Object value = reader.value(field);
        return value == null ? null : text(value, at(field), max);
    }

    String text(String field, int max, String absent) {
        String text = optionalText(field, max);
        return text == null ? absent : text;
    }

    /** Reads a required key: not empty, without control characters. */
    String key(String field, int max) {
        Object value = reader.value(field);
        if (value == null) {
            at(field).add("", "is required");
            return "";
        }
        return key(value, at(field), max);
    }

    static String key(@Nullable Object value, Problems problems, int max) {
        String key = text(value, problems, max);
        if (value instanceof String && key.isEmpty()) {
            problems.add("", "must not be empty");
        } else if (key.chars().anyMatch(c -> Character.isISOControl(c) && c != 0)) {
            problems.add("", "must not contain control characters");
        }
        return key;
    }

    /** Reads a string that PostgreSQL and UTF-8 can hold. */
    static String text(@Nullable Object value, Problems problems, int max) {
        if (!(value instanceof String text)) {
            problems.add("", "must be a string");
            return "";
        }
        if (text.length() > max) {
            problems.add("", "must not be longer than " + max + " characters, was " + text.length());
            return "";
        }
        if (text.indexOf('\0') >= 0) {
            problems.add("", "must not contain U+0000");
        } else if (!LoneSurrogates.escape(text).equals(text)) {
            problems.add("", "must not contain a lone surrogate");
        }
        return text;
    }

    /** Reads a list of which every element is used; {@code max} bounds the work too. */
    <T> List<T> list(String field, int max, BiFunction<@Nullable Object, Problems, T> element) {
        Object value = reader.value(field);
        if (value instanceof List<?> elements && elements.size() > max) {
            at(field).add("", "must not have more than " + max + " elements, has " + elements.size());
            return List.of();
        }
        List<T> list = reader.optionalList(field, element);
        return list == null ? List.of() : list;
    }

    List<String> texts(String field, int max, int length) {
        return list(field, max, (value, problems) -> key(value, problems, length));
    }

    /** Reads ids, of which repeated ones count once. */
    List<Long> ids(String field, int max) {
        return List.copyOf(new LinkedHashSet<>(list(field, max, Fields::id)));
    }

    /** Reads an id: a decimal string or a number. A negative one stands for a resource that the same batch creates. */
    static long id(@Nullable Object value, Problems problems) {
        String text = TextForm.ofScalar(value);
        try {
            long id = text == null || value instanceof Boolean ? 0 : Long.parseLong(text);
            if (id != 0 && Long.toString(id).equals(text)) {
                return id;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        problems.add("", "must be an id: a positive integer, as a string or a number");
        return 0;
    }

    BigDecimal percentage(String field) {
        Object value = reader.value(field);
        if (value == null) {
            return BigDecimal.ZERO;
        }
        if (value instanceof Number && value.toString().length() <= MAX_NUMBER) {
            try {
                BigDecimal number = new BigDecimal(value.toString());
                if (number.signum() >= 0 && number.compareTo(HUNDRED) <= 0) {
                    if (number.stripTrailingZeros().scale() <= Rollout.MAX_DECIMALS) {
                        return number;
                    }
                    at(field).add("", "must not have more than " + Rollout.MAX_DECIMALS + " decimals");
                    return BigDecimal.ZERO;
                }
            } catch (NumberFormatException e) {
                // reported below: an exponent beyond any number, or a number that is infinite
            }
        }
        at(field).add("", "must be a number between 0 and 100");
        return BigDecimal.ZERO;
    }

    int integer(String field, int min, int max) {
        if (!has(field)) {
            at(field).add("", "is required");
            return min;
        }
        return (int) wholeNumber(reader.value(field), at(field), min, max);
    }

    /** Reads an integer; {@code 50.0}, as some clients write it, is one too. */
    static long wholeNumber(@Nullable Object value, Problems problems, long min, long max) {
        Object typed = Json.typed(value);
        if (typed instanceof Double number && number == Math.rint(number) && Math.abs(number) <= max) {
            typed = number.longValue();
        }
        return ObjectReader.integer(typed, problems, min, max);
    }

    Map<String, Long> weights(String field) {
        Map<String, Long> weights =
                reader.optionalMap(field, (value, problems) -> wholeNumber(value, problems, 0, Limits.WEIGHT));
        if (weights == null) {
            return Map.of();
        }
        if (weights.size() > Limits.VARIANTS) {
            at(field).add("", "must not have more than " + Limits.VARIANTS + " members");
        }
        weights.keySet().forEach(key -> key(key, at(field).member(shortened(key)), Limits.KEY));
        return weights;
    }

    /** Reads an object with data as keys. */
    <T> Map<String, T> map(String field, int max, BiFunction<@Nullable Object, Problems, T> value) {
        if (reader.value(field) instanceof Map<?, ?> members && members.size() > max) {
            at(field).add("", "must not have more than " + max + " members, has " + members.size());
            return Map.of();
        }
        Map<String, T> map = reader.optionalMap(field, value);
        return map == null ? new LinkedHashMap<>() : map;
    }

    <E extends Enum<E>> E choice(String field, E[] values, Function<E, String> name, E absent) {
        Object value = reader.value(field);
        if (value == null) {
            return absent;
        }
        for (E each : values) {
            if (name.apply(each).equals(value)) {
                return each;
            }
        }
        at(field).add("", "must be one of " + Arrays.stream(values).map(name).collect(Collectors.joining(", ")));
        return absent;
    }

    @Nullable
    String optionalChoice(String field, List<String> values) {
        Object value = reader.value(field);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && values.contains(text)) {
            return text;
        }
        at(field).add("", "must be one of " + String.join(", ", values));
        return null;
    }

    /** Reads a date or a time in ISO 8601, as written. */
    @Nullable
    String optionalDate(String field) {
        String text = optionalText(field, Limits.NAME);
        if (text == null) {
            return null;
        }
        try {
            if (text.indexOf('T') < 0) {
                LocalDate.parse(text);
            } else {
                OffsetDateTime.parse(text);
            }
        } catch (DateTimeException e) {
            at(field).add("", "must be a date or a time in ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00.000Z");
        }
        return text;
    }

    /** Reports members with long names by their first characters, so that paths stay short. */
    void rejectUnknown(Set<String> known) {
        List<String> unknown = new ArrayList<>(reader.unknownFields(known));
        int reported = Math.min(unknown.size(), 10);
        unknown.subList(0, reported).forEach(name -> reader.problem(shortened(name), "is not a known field"));
    }

    static String shortened(String name) {
        return name.length() <= 50 ? name : name.substring(0, 50) + "…";
    }
}
