package io.variate.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one JSON object by name and type, and collects a {@link Problem} with its path for each field
 * that is missing or invalid.
 *
 * <p>Each type has a method for a required field and an {@code optional} one, which returns null for an absent field. A
 * field that is null counts as absent. A method never throws: in place of an invalid field it returns an empty value,
 * so that one pass finds all problems. Callers must check {@link #problems} before they use the values.
 *
 * <p>The static methods read a value without a name, and serve as readers of elements: {@code reader.list("ids",
 * ObjectReader::string)}.
 *
 * <p>Not thread-safe, because {@link Problems} is not.
 *
 * @param members the members of the object, a tree as {@link Json} returns it; exact numbers are allowed
 * @param problems the problems of the object, with its path
 */
public record ObjectReader(Map<String, @Nullable Object> members, Problems problems) {
    private static final String NOT_AN_OBJECT = "must be an object";
    private static final String NOT_AN_ARRAY = "must be an array";
    private static final String NOT_A_STRING = "must be a string";
    private static final String EMPTY_STRING = "must be a non-empty string";
    private static final String NOT_A_BOOLEAN = "must be true or false";
    private static final String NOT_A_NUMBER = "must be a number";
    private static final String MISSING = "is required";

    /**
     * Creates a reader for a tree that must be an object. If it is not, that is the only problem: no field of it is
     * reported as missing.
     */
    @SuppressWarnings("unchecked") // a tree of Json has no other maps
    public static ObjectReader of(@Nullable Object tree, Problems problems) {
        if (tree instanceof Map<?, ?> members) {
            return new ObjectReader((Map<String, @Nullable Object>) members, problems);
        }
        problems.add("", NOT_AN_OBJECT);
        return new ObjectReader(Map.of(), new Problems(problems.path(), new ArrayList<>()));
    }

    /** The value of a field of any type, as parsed; null if it is absent. */
    public @Nullable Object value(String name) {
        return members.get(name);
    }

    /** Reads a string. */
    public String string(String name) {
        String string = optionalString(name);
        return string == null ? missing(name, "") : string;
    }

    /** As {@link #string(String)}. */
    public @Nullable String optionalString(String name) {
        Object value = members.get(name);
        return value == null || value instanceof String ? (String) value : invalid(name, NOT_A_STRING, "");
    }

    /** Reads a string that must not be empty. */
    public String nonEmptyString(String name) {
        String string = optionalNonEmptyString(name);
        return string == null ? missing(name, "") : string;
    }

    /** As {@link #nonEmptyString}. */
    public @Nullable String optionalNonEmptyString(String name) {
        Object value = members.get(name);
        boolean valid = value == null || (value instanceof String string && !string.isEmpty());
        return valid ? (String) value : invalid(name, EMPTY_STRING, "");
    }

    /** Reads a boolean. */
    public boolean bool(String name) {
        return members.get(name) == null ? missing(name, false) : bool(name, false);
    }

    /** Reads an optional boolean that has a default. */
    public boolean bool(String name, boolean absent) {
        Object value = members.get(name);
        if (value == null) {
            return absent;
        }
        return value instanceof Boolean flag ? flag : invalid(name, NOT_A_BOOLEAN, absent);
    }

    /** Reads a number: a {@link Long} or a {@link Double}, which may be infinite ({@link Json}). */
    public Number number(String name) {
        Number number = optionalNumber(name);
        return number == null ? missing(name, 0L) : number;
    }

    /** As {@link #number}. */
    public @Nullable Number optionalNumber(String name) {
        Object value = Json.typed(members.get(name));
        return value == null || value instanceof Number ? (Number) value : invalid(name, NOT_A_NUMBER, 0L);
    }

    /** Reads an integer from {@code min} to {@code max}, both inclusive. An invalid one is read as {@code min}. */
    public long integer(String name, long min, long max) {
        Long integer = optionalInteger(name, min, max);
        return integer == null ? missing(name, min) : integer;
    }

    /** As {@link #integer(String, long, long)}. */
    public @Nullable Long optionalInteger(String name, long min, long max) {
        Object value = Json.typed(members.get(name));
        return value == null || isInteger(value, min, max) ? (Long) value : invalid(name, notInteger(min, max), min);
    }

    /** Reads an object with a reader of its own, whose problems are those of this reader. */
    public ObjectReader object(String name) {
        ObjectReader object = optionalObject(name);
        return object == null ? missing(name, of(Map.of(), new Problems("", new ArrayList<>()))) : object;
    }

    /** As {@link #object}. */
    public @Nullable ObjectReader optionalObject(String name) {
        Object value = members.get(name);
        return value == null ? null : of(value, problems.member(name));
    }

    /** Reads an object as an unmodifiable deep copy. */
    public Map<String, @Nullable Object> tree(String name) {
        Map<String, @Nullable Object> tree = optionalTree(name);
        return tree == null ? missing(name, Map.of()) : tree;
    }

    /** As {@link #tree}. */
    public @Nullable Map<String, @Nullable Object> optionalTree(String name) {
        Object value = members.get(name);
        if (value == null) {
            return null;
        }
        return value instanceof Map<?, ?> tree ? Tree.copyOfMap(tree) : invalid(name, NOT_AN_OBJECT, Map.of());
    }

    /**
     * Reads an object whose keys are data, in the order of the text.
     *
     * @param value reads one value, given the problems at its path
     */
    public <T> Map<String, T> map(String name, BiFunction<@Nullable Object, Problems, T> value) {
        Map<String, T> map = optionalMap(name, value);
        return map == null ? missing(name, Map.of()) : map;
    }

    /** As {@link #map}. */
    public <T> @Nullable Map<String, T> optionalMap(String name, BiFunction<@Nullable Object, Problems, T> value) {
        Object tree = members.get(name);
        if (tree == null) {
            return null;
        }
        if (!(tree instanceof Map<?, ?> entries)) {
            return invalid(name, NOT_AN_OBJECT, Map.of());
        }
        Problems place = problems.member(name);
        Map<String, T> map = new LinkedHashMap<>();
        entries.forEach((key, entry) -> {
            String text = String.valueOf(key);
            map.put(text, value.apply(entry, place.member(text)));
        });
        return map;
    }

    /**
     * Reads an array.
     *
     * @param element reads one element, given the problems at its path
     */
    public <T extends @Nullable Object> List<T> list(String name, BiFunction<@Nullable Object, Problems, T> element) {
        List<T> list = optionalList(name, element);
        return list == null ? missing(name, List.of()) : list;
    }

    /** As {@link #list(String, BiFunction)}. */
    public <T extends @Nullable Object> @Nullable List<T> optionalList(
            String name, BiFunction<@Nullable Object, Problems, T> element) {
        Object value = members.get(name);
        return value == null ? null : list(value, problems.member(name), element);
    }

    /**
     * Passes each element of an optional array to a consumer, which may leave elements out.
     *
     * @param element receives an element and the problems at its path
     */
    public void forEach(String name, BiConsumer<@Nullable Object, Problems> element) {
        Object value = members.get(name);
        if (value != null) {
            forEach(value, problems.member(name), element);
        }
    }

    /** The names that are not among the known ones, in the order of the text. */
    public List<String> unknownFields(Set<String> known) {
        return members.keySet().stream().filter(name -> !known.contains(name)).toList();
    }

    /** Reports each field that is not among the known ones, for formats in which an unknown field is a mistake. */
    public void rejectUnknownFields(Set<String> known) {
        unknownFields(known).forEach(name -> problem(name, "is not a known field"));
    }

    /** Reports a field that has the right type but an invalid value. */
    public void problem(String name, String reason) {
        problems.member(name).add("", reason);
    }

    /** Reads a value that must be an array. */
    public static <T extends @Nullable Object> List<T> list(
            @Nullable Object value, Problems problems, BiFunction<@Nullable Object, Problems, T> element) {
        List<T> list = new ArrayList<>();
        forEach(value, problems, (item, place) -> list.add(element.apply(item, place)));
        return list;
    }

    private static void forEach(
            @Nullable Object value, Problems problems, BiConsumer<@Nullable Object, Problems> element) {
        if (value instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                element.accept(elements.get(i), problems.element(i));
            }
        } else {
            problems.add("", NOT_AN_ARRAY);
        }
    }

    /** Reads a value that must be a string. */
    public static String string(@Nullable Object value, Problems problems) {
        if (value instanceof String string) {
            return string;
        }
        problems.add("", NOT_A_STRING);
        return "";
    }

    /** Reads a value that must be an integer from {@code min} to {@code max}, both inclusive. */
    public static long integer(@Nullable Object value, Problems problems, long min, long max) {
        Object typed = Json.typed(value);
        if (typed instanceof Long integer && isInteger(typed, min, max)) {
            return integer;
        }
        problems.add("", notInteger(min, max));
        return min;
    }

    private static boolean isInteger(Object value, long min, long max) {
        return value instanceof Long integer && integer >= min && integer <= max;
    }

    private static String notInteger(long min, long max) {
        if (max == Long.MAX_VALUE) {
            return min == Long.MIN_VALUE ? "must be an integer" : "must be an integer of at least " + min;
        }
        return "must be an integer between " + min + " and " + max;
    }

    private <T> T missing(String name, T empty) {
        return invalid(name, MISSING, empty);
    }

    private <T> T invalid(String name, String reason, T empty) {
        problem(name, reason);
        return empty;
    }
}
