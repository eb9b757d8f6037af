package io.variate.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of one JSON object, noting what is missing or of the wrong type. What cannot be read is replaced
 * by something empty, so that reading goes on and finds the other problems; the result is then not to be used.
 */
public record ObjectReader(Map<?, ?> members, Problems problems) {

    /** A reader of a tree that ought to be an object. */
    public static ObjectReader of(@Nullable Object tree, Problems problems) {
        if (tree instanceof Map<?, ?> members) {
            return new ObjectReader(members, problems);
        }
        problems.add("", "must be an object");
        return new ObjectReader(Map.of(), new Problems(problems.path(), new ArrayList<>()));
    }

    public String text(String name) {
        String text = optionalText(name);
        return text == null ? requiredInstead(name, "") : text;
    }

    @Nullable
    public String optionalText(String name) {
        Object value = members.get(name);
        return value == null || value instanceof String ? (String) value : wrong(name, "must be a string", "");
    }

    public <T> List<T> list(String name, BiFunction<@Nullable Object, Problems, T> element) {
        List<T> list = optionalList(name, element);
        return list == null ? requiredInstead(name, List.of()) : list;
    }

    public <T> @Nullable List<T> optionalList(String name, BiFunction<@Nullable Object, Problems, T> element) {
        Object value = members.get(name);
        return value == null ? null : elements(value, problems.member(name), element);
    }

    public Map<?, ?> map(String name) {
        Map<?, ?> map = optionalMap(name);
        return map == null ? requiredInstead(name, Map.of()) : map;
    }

    @Nullable
    Map<?, ?> optionalMap(String name) {
        Object value = members.get(name);
        return value == null || value instanceof Map ? (Map<?, ?>) value : wrong(name, "must be an object", Map.of());
    }

    @Nullable
    public Map<String, @Nullable Object> optionalTree(String name) {
        Map<?, ?> map = optionalMap(name);
        return map == null ? null : Tree.copyOfMap(map);
    }

    /** The elements of a tree that ought to be a list. */
    public static <T> List<T> elements(
            @Nullable Object tree, Problems place, BiFunction<@Nullable Object, Problems, T> element) {
        List<T> read = new ArrayList<>();
        if (tree instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                read.add(element.apply(elements.get(i), place.element(i)));
            }
        } else {
            place.add("", "must be an array");
        }
        return read;
    }

    private <T> T requiredInstead(String name, T stopgap) {
        return wrong(name, "is required", stopgap);
    }

    private <T> T wrong(String name, String reason, T stopgap) {
        problems.member(name).add("", reason);
        return stopgap;
    }
}
