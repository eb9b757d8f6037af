package io.variate.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The text of a random user object with everything that JSON allows: duplicate keys, escapes, white space, numbers in
 * many notations; and its tree.
 */
final class RandomUser {

    private static final List<String> NAMES = List.of("x", "acme", "7", "1.0", "", "true", "\u00e9");

    private static final List<String> GROUP_FIELDS = List.of("groups", "group_properties", "group_cohort_ids");

    private static final List<String> NUMBERS = List.of(
            "0",
            "7",
            "-0",
            "1",
            "-12",
            "1e0",
            "70e-1",
            "15e-1",
            "1E+2",
            "1.0",
            "-0.0",
            "0.10",
            "1e-3",
            "0e5",
            "0e400",
            "1e400",
            "-1e400",
            "1e-400",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "9007199254740993",
            "12e18",
            "922337203685477580700e-2",
            "123456789012345678901234567890",
            "100000000000000000000e-18",
            "5e-324");

    private final Choices choices;
    private final StringBuilder text = new StringBuilder();
    private final Map<String, @Nullable Object> tree;

    private RandomUser(Choices choices) {
        this.choices = choices;
        space();
        this.tree = object(9, this::field, this::fieldValue);
        space();
    }

    static RandomUser make(Choices choices) {
        return new RandomUser(choices);
    }

    String text() {
        return text.toString();
    }

    Map<String, @Nullable Object> tree() {
        return tree;
    }

    private String field() {
        return switch (choices.below(10)) {
            case 0, 1, 2 -> choices.oneOf(RandomContext.TEXT_FIELDS);
            case 3, 4 -> "user_properties";
            case 5 -> "cohort_ids";
            case 6, 7, 8 -> choices.oneOf(GROUP_FIELDS);
            default -> choices.oneOf(RandomJson.KEYS);
        };
    }

    private @Nullable Object fieldValue(String field) {
        if (choices.chance(10)) {
            return value(3);
        }
        return switch (field) {
            case "user_properties" -> object(4, this::key, key -> value(3));
            case "cohort_ids" -> cohorts();
            case "groups" -> object(3, this::groupType, type -> groupNames());
            case "group_properties" -> perGroup(() -> object(2, this::key, key -> value(2)));
            case "group_cohort_ids" -> perGroup(this::cohorts);
            default -> string(choices.oneOf(RandomJson.TEXTS));
        };
    }

    private @Nullable Object groupNames() {
        return switch (choices.below(8)) {
            case 0, 1, 2, 3 -> list(3, () -> choices.chance(10) ? value(1) : string(choices.oneOf(NAMES)));
            case 4, 5 -> string(choices.oneOf(NAMES));
            case 6 -> number();
            default -> value(2);
        };
    }

    private Map<String, @Nullable Object> perGroup(Supplier<?> value) {
        Function<String, @Nullable Object> ofName = name -> choices.chance(10) ? value(2) : value.get();
        return object(
                3,
                this::groupType,
                type -> choices.chance(10) ? value(2) : object(3, () -> choices.oneOf(NAMES), ofName));
    }

    private @Nullable Object cohorts() {
        return switch (choices.below(4)) {
            case 0, 1 -> list(3, () -> string(choices.oneOf("a", "b", "c")));
            case 2 -> object(3, () -> choices.oneOf("a", "b", "c"), id -> value(1));
            default -> list(3, () -> value(1));
        };
    }

    private String groupType() {
        return choices.oneOf(RandomContext.GROUP_TYPES);
    }

    private String key() {
        return choices.oneOf(choices.chance(40) ? RandomJson.KEYS : RandomJson.COMMON_KEYS);
    }

    private @Nullable Object value(int depth) {
        return switch (choices.below(depth > 0 ? 11 : 8)) {
            case 0, 1, 2, 3 -> string(choices.oneOf(RandomJson.TEXTS));
            case 4, 5 -> number();
            case 6 -> word("null", null);
            case 7 -> choices.chance(50) ? word("true", true) : word("false", false);
            case 8, 9 -> list(3, () -> value(depth - 1));
            default -> object(3, this::key, key -> value(depth - 1));
        };
    }

    // Methods that write text and return its value

    private Map<String, @Nullable Object> object(
            int max, Supplier<String> key, Function<String, ? extends @Nullable Object> value) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        text.append('{');
        space();
        for (int i = 0; choices.more(i, max); i++) {
            comma(i);
            String name = string(key.get());
            space();
            text.append(':');
            space();
            members.put(name, value.apply(name));
            space();
        }
        text.append('}');
        return members;
    }

    private List<@Nullable Object> list(int max, Supplier<? extends @Nullable Object> element) {
        List<@Nullable Object> elements = new ArrayList<>();
        text.append('[');
        space();
        for (int i = 0; choices.more(i, max); i++) {
            comma(i);
            elements.add(element.get());
            space();
        }
        text.append(']');
        return elements;
    }

    private void comma(int index) {
        if (index > 0) {
            text.append(',');
            space();
        }
    }

    private void space() {
        if (choices.chance(10)) {
            text.append(choices.oneOf(" ", "\n", "\r\n\t", "  "));
        }
    }

    private @Nullable Object word(String literal, @Nullable Object value) {
        text.append(literal);
        return value;
    }

    private Number number() {
        String literal = choices.oneOf(NUMBERS);
        text.append(literal);
        return JacksonTree.number(literal);
    }

    private String string(String value) {
        boolean escapes = choices.chance(20);
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            character(value.charAt(i), escapes && choices.chance(40));
        }
        text.append('"');
        return value;
    }

    private void character(char c, boolean escaped) {
        int letter = "\"\\/\b\t\n\f\r".indexOf(c);
        boolean mustEscape = c < ' ' || c == '"' || c == '\\';
        if (!escaped && !mustEscape) {
            text.append(c);
        } else if (letter >= 0 && choices.chance(50)) {
            text.append('\\').append("\"\\/btnfr".charAt(letter));
        } else {
            text.append((choices.chance(50) ? "\\u%04x" : "\\u%04X").formatted((int) c));
        }
    }
}
