package io.variate.engine;

import static java.util.stream.Collectors.joining;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates flags directly from their JSON trees, rule by rule of the specification, without preparation and without
 * code shared with the engine. Slow, and simple enough to verify by reading.
 */
final class NaiveInterpreter {

    private final Consumer<String> seen;

    /** @param seen receives every decision, such as {@code set is: true}, to measure coverage */
    NaiveInterpreter(Consumer<String> seen) {
        this.seen = seen;
    }

    NaiveInterpreter() {
        this(event -> {});
    }

    /** The result of a flag. */
    record Result(
            @Nullable Object key,
            @Nullable Object value,
            @Nullable Object payload,
            @Nullable Object metadata) {

        Map<String, @Nullable Object> asTree() {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("key", key);
            tree.put("value", value);
            tree.put("payload", payload);
            tree.put("metadata", metadata);
            tree.values().removeIf(Objects::isNull);
            return tree;
        }
    }

    // Several flags

    /** Returns the results by flag key, of flags in the given order. */
    Map<String, Result> evaluate(List<?> flags, Map<String, ?> context) {
        Map<String, Result> results = new LinkedHashMap<>();
        for (Object flag : flags) {
            Result result = evaluate(map(flag), context, results);
            seen.accept("flag: " + (result == null ? "nothing" : "variant"));
            if (result != null) {
                results.put(text(map(flag).get("key")), result);
            }
        }
        return results;
    }

    /** A dependency cycle. */
    static final class CycleException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Returns the flags with some keys, or all flags if there are no keys, after their dependencies. */
    static List<?> sort(List<?> flags, Collection<?> keys) {
        Map<Object, Map<?, ?>> byKey = new LinkedHashMap<>();
        flags.forEach(flag -> byKey.put(text(map(flag).get("key")), map(flag)));
        Map<Object, Map<?, ?>> sorted = new LinkedHashMap<>();
        for (Object key : keys.isEmpty() ? byKey.keySet() : keys) {
            visit(key, byKey, new ArrayList<>(), sorted);
        }
        return new ArrayList<>(sorted.values());
    }

    private static void visit(
            Object key, Map<Object, Map<?, ?>> byKey, List<Object> path, Map<Object, Map<?, ?>> sorted) {
        Map<?, ?> flag = byKey.get(key);
        if (flag == null || sorted.containsKey(key)) {
            return;
        }
        path.add(key);
        for (Object dependency : list(flag.get("dependencies"))) {
            if (path.contains(dependency)) {
                throw new CycleException();
            }
            visit(text(dependency), byKey, path, sorted);
        }
        path.remove(path.size() - 1);
        sorted.put(key, flag);
    }

    /** Returns the keys of all flags that do not lead to a cycle; plans skip the others. */
    static Set<String> keysWithoutCycles(List<?> flags) {
        Set<String> keys = new LinkedHashSet<>();
        for (Object flag : flags) {
            String key = text(map(flag).get("key"));
            try {
                sort(flags, List.of(key));
                keys.add(key);
            } catch (CycleException cycle) {
                // Skipped.
            }
        }
        return keys;
    }

    // One flag

    private @Nullable Result evaluate(Map<?, ?> flag, Map<String, ?> context, Map<String, Result> results) {
        Map<String, Object> target = Map.of("context", context, "result", results);
        for (Object element : list(flag.get("segments"))) {
            Map<?, ?> segment = map(element);
            if (!matches(segment, target)) {
                seen.accept("segment: no match");
                continue;
            }
            Object key = bucket(segment, target);
            if (key == null || !map(flag.get("variants")).containsKey(key)) {
                seen.accept("segment: match without variant");
                continue;
            }
            seen.accept("segment: variant");
            Map<?, ?> variant = map(map(flag.get("variants")).get(key));
            Map<Object, @Nullable Object> metadata = new LinkedHashMap<>();
            metadata.putAll(map(flag.get("metadata")));
            metadata.putAll(map(segment.get("metadata")));
            metadata.putAll(map(variant.get("metadata")));
            return new Result(
                    variant.get("key"),
                    variant.get("value"),
                    variant.get("payload"),
                    metadata.isEmpty() ? null : metadata);
        }
        return null;
    }

    private boolean matches(Map<?, ?> segment, Map<String, ?> target) {
        return segment.get("conditions") == null
                || list(segment.get("conditions")).stream()
                        .anyMatch(all -> list(all).stream().allMatch(condition -> holds(map(condition), target)));
    }

    private @Nullable Object bucket(Map<?, ?> segment, Map<String, ?> target) {
        if (segment.get("bucket") == null) {
            seen.accept("bucket: none");
            return segment.get("variant");
        }
        Map<?, ?> bucket = map(segment.get("bucket"));
        Object value = select(list(bucket.get("selector")), target);
        if (value == null || text(value).isEmpty()) {
            seen.accept("bucket: no value");
            return segment.get("variant");
        }
        long hash = hash(bucket.get("salt") + "/" + text(value));
        boolean allocated = false;
        for (Object allocation : list(bucket.get("allocations"))) {
            if (isIn(map(allocation).get("range"), hash % 100)) {
                allocated = true;
                for (Object distribution : list(map(allocation).get("distributions"))) {
                    if (isIn(map(distribution).get("range"), hash / 100)) {
                        seen.accept("bucket: distribution");
                        return map(distribution).get("variant");
                    }
                }
            }
        }
        seen.accept(allocated ? "bucket: allocation only" : "bucket: nothing");
        return segment.get("variant");
    }

    /** Returns the hash of a bucketing key, from 0 to below 2^32. */
    static long hash(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return Integer.toUnsignedLong(
                Hashing.murmur3_32_fixed().hashBytes(bytes).asInt());
    }

    private static boolean isIn(@Nullable Object range, long number) {
        List<?> bounds = list(range);
        return bounds.size() >= 2 && (Long) bounds.get(0) <= number && number < (Long) bounds.get(1);
    }

    // Values

    static @Nullable Object select(List<?> selector, Map<String, ?> target) {
        Object at = selector.isEmpty() ? null : target;
        for (Object key : selector) {
            if (at instanceof Map<?, ?> members) {
                at = members.get(key);
            } else if (at instanceof Result result) {
                at = key.equals("payload") ? null : result.asTree().get(key);
            } else {
                return null;
            }
        }
        return at;
    }

    static String text(@Nullable Object value) {
        return value instanceof Map || value instanceof Collection || value instanceof Result
                ? json(value)
                : String.valueOf(value);
    }

    private static String json(@Nullable Object value) {
        if (value instanceof Result result) {
            return json(result.asTree());
        }
        if (value instanceof Map<?, ?> members) {
            return members.entrySet().stream()
                    .map(member -> quoted(String.valueOf(member.getKey())) + ":" + json(member.getValue()))
                    .collect(joining(",", "{", "}"));
        }
        if (value instanceof Collection<?> elements) {
            return elements.stream().map(NaiveInterpreter::json).collect(joining(",", "[", "]"));
        }
        if (value instanceof Double number && (number.isNaN() || number.isInfinite())) {
            return "null";
        }
        return value instanceof String text ? quoted(text) : String.valueOf(value);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int escape = "\"\\\b\t\n\f\r".indexOf(c);
            if (escape >= 0) {
                quoted.append('\\').append("\"\\btnfr".charAt(escape));
            } else {
                quoted.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }

    /** Returns the distinct texts of the elements of a list; null for a value without list form. */
    private static @Nullable Set<String> elements(Object value) {
        Object list = value instanceof String text && text.startsWith("[") ? JacksonTree.parse(text) : value;
        if (!(list instanceof Collection<?> elements)) {
            return null;
        }
        Set<String> texts = new LinkedHashSet<>();
        elements.stream().filter(Objects::nonNull).forEach(element -> texts.add(text(element)));
        return texts;
    }

    // Conditions

    private boolean holds(Map<?, ?> condition, Map<String, ?> target) {
        String operator = text(condition.get("op"));
        Set<String> filter = new LinkedHashSet<>();
        list(condition.get("values")).forEach(value -> filter.add(text(value)));
        Object property = select(list(condition.get("selector")), target);
        boolean holds = holdsUnlessInvalid(operator, property, filter);
        seen.accept(operator + ": " + holds);
        return holds;
    }

    private boolean holdsUnlessInvalid(String operator, @Nullable Object property, Set<String> filter) {
        try {
            return holds(operator, property, filter);
        } catch (PatternSyntaxException invalid) {
            seen.accept(operator + ": invalid pattern");
            return false;
        }
    }

    private boolean holds(String operator, @Nullable Object property, Set<String> filter) {
        if (property == null) {
            seen.accept(operator + " of null");
            return holdsForNull(operator, filter.contains("(none)"));
        }
        Set<String> elements = elements(property);
        if (operator.startsWith("set ")) {
            seen.accept(operator + (elements == null ? " of no list" : " of a list"));
            return elements != null && holdsForSet(operator, elements, filter);
        }
        if (elements != null) {
            seen.accept(operator + " of a list");
            return elements.stream().anyMatch(element -> holdsForText(operator, element, filter));
        }
        seen.accept(operator + " of a text");
        return holdsForText(operator, text(property), filter);
    }

    private static boolean holdsForNull(String operator, boolean none) {
        return switch (operator) {
            case "is not", "does not contain", "set does not contain", "set does not contain any" -> !none;
            case "regex does not match", "set is not" -> true;
            case "regex match" -> false;
            default -> none && Samples.OPERATORS.contains(operator);
        };
    }

    private static boolean holdsForSet(String operator, Set<String> elements, Set<String> filter) {
        return switch (operator) {
            case "set is" -> elements.equals(filter);
            case "set is not" -> !elements.equals(filter);
            case "set contains" -> containsAll(elements, filter);
            case "set does not contain" -> !containsAll(elements, filter);
            case "set contains any" -> containsAny(elements, filter);
            case "set does not contain any" -> !containsAny(elements, filter);
            default -> false;
        };
    }

    private static boolean containsAll(Set<String> elements, Set<String> filter) {
        return elements.size() >= filter.size() && filter.stream().allMatch(value -> isAmong(value, elements));
    }

    private static boolean containsAny(Set<String> elements, Set<String> filter) {
        return filter.stream().anyMatch(value -> isAmong(value, elements));
    }

    private boolean holdsForText(String operator, String text, Set<String> filter) {
        return switch (operator) {
            case "is" -> isAmong(text, filter);
            case "is not" -> !isAmong(text, filter);
            case "contains" -> containsPart(text, filter);
            case "does not contain" -> !containsPart(text, filter);
            case "less", "version less" -> inOrder(operator, text, filter, order -> order < 0);
            case "less or equal", "version less or equal" -> inOrder(operator, text, filter, order -> order <= 0);
            case "greater", "version greater" -> inOrder(operator, text, filter, order -> order > 0);
            case "greater or equal", "version greater or equal" -> inOrder(operator, text, filter, order -> order >= 0);
            case "regex match" -> matchesSome(text, filter);
            case "regex does not match" -> !matchesSome(text, filter);
            default -> false;
        };
    }

    private static boolean isAmong(String text, Set<String> values) {
        Predicate<String> isBoolean = value -> value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false");
        return (isBoolean.test(text) && values.stream().anyMatch(isBoolean))
                ? values.stream().anyMatch(text::equalsIgnoreCase)
                : values.contains(text);
    }

    private static boolean containsPart(String text, Set<String> parts) {
        String lower = text.toLowerCase(Locale.ROOT);
        return parts.stream().anyMatch(part -> lower.contains(part.toLowerCase(Locale.ROOT)));
    }

    private boolean inOrder(String operator, String text, Set<String> bounds, IntPredicate holds) {
        return operator.startsWith("version")
                ? inOrder(NaiveVersion.parse(text), parsed(bounds, NaiveVersion::parse), text, bounds, holds)
                : inOrder(number(text), parsed(bounds, NaiveInterpreter::number), text, bounds, holds);
    }

    private <T extends Comparable<T>> boolean inOrder(
            @Nullable T value, List<T> bounds, String text, Set<String> texts, IntPredicate holds) {
        if (value != null && !bounds.isEmpty()) {
            seen.accept("order: by value");
            return bounds.stream().anyMatch(bound -> holds.test(value.compareTo(bound)));
        }
        seen.accept(value == null ? "order: value is a text" : "order: bounds are texts");
        return texts.stream().anyMatch(bound -> holds.test(text.compareTo(bound)));
    }

    private static <T> List<T> parsed(Set<String> texts, Function<String, @Nullable T> parser) {
        List<T> values = new ArrayList<>();
        for (String text : texts) {
            T value = parser.apply(text);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private static @Nullable Double number(String text) {
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException noNumber) {
            return null;
        }
    }

    /** @throws PatternSyntaxException once an invalid pattern is reached */
    private static boolean matchesSome(String text, Set<String> patterns) {
        return patterns.stream().anyMatch(pattern -> Pattern.matches(pattern, text));
    }

    // Trees

    private static Map<?, ?> map(@Nullable Object tree) {
        return tree == null ? Map.of() : (Map<?, ?>) tree;
    }

    private static List<?> list(@Nullable Object tree) {
        return tree == null ? List.of() : (List<?>) tree;
    }
}
