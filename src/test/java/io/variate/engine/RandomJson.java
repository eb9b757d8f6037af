package io.variate.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Random JSON trees with a bias toward edge cases: texts that nearly parse as something else, numbers at their limits,
 * empty keys, arrays inside strings.
 */
final class RandomJson {

    static final List<String> TEXTS = List.of(
            "a",
            "b",
            "A",
            "B",
            "",
            "on",
            "off",
            "abc",
            "ABC",
            "x y",
            "(none)",
            "null",
            "US",
            "us",
            // boolean words and near misses
            "true",
            "false",
            "TRUE",
            "fAlSe",
            "true ",
            "fal\u017fe",
            "yes",
            // numbers and near misses
            "0",
            "1",
            "7",
            "10",
            "1.0",
            "-0",
            "-0.0",
            "0.0",
            "1e3",
            "1000",
            " 1 ",
            "1d",
            "1.5f",
            "0x1p3",
            "0x10",
            ".5",
            "5.",
            "NaN",
            "-NaN",
            "nan",
            "Infinity",
            "-Infinity",
            "infinity",
            "1e400",
            "-1e400",
            "1e-400",
            "1_000",
            "1,000",
            "+1",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "2e23",
            "\u0661",
            "1\u00a0",
            // versions and near misses
            "1.2",
            "1.2.0",
            "1.2.3",
            "1.10.0",
            "01.2.3",
            "1.2.3-alpha",
            "1.2.3-alpha.2",
            "1.2.3-alpha.10",
            "1.2.3-0",
            "1.2.3-01",
            "1.2.3-a.",
            "1.2.3-a_b",
            "1.2.3+b",
            "1.2.3-a+b.01",
            "v1.2.3",
            "1.2.3.4",
            "1.2-beta",
            "2147483647.0",
            "2147483648.0",
            "1.2147483648",
            "1.2.2147483648",
            "1.2.99999999999999999999",
            // arrays and near misses
            "[]",
            "[ ]",
            "[\"a\",\"b\"]",
            "[\"b\",\"a\",\"a\"]",
            "[1,1.0,1e3,true,null]",
            "[\"\"]",
            "[null]",
            "[[1],{\"k\":null}]",
            "[1e400]",
            "[{\"a\":1,\"a\":2}]",
            "[\"\\ud800\"]",
            "[\"TRUE\",\"true\"]",
            "[a]",
            "[",
            "[01]",
            "[1,]",
            " [1]",
            "[1] ",
            "[1]\n",
            "[1]x",
            "[1]\u00a0",
            "[]]",
            "[\"a\"",
            "[\"a\\\"]",
            "[True]",
            "[NaN]",
            "[-]",
            "[\"\t\"]",
            "{\"a\":1}",
            // characters
            "\u00e9",
            "\u00c9",
            "e\u0301",
            "\u00df",
            "\u0130",
            "i\u0307",
            "\u03a3",
            "\u03c2",
            "\u01c5",
            "\ud83d\ude00",
            "\ud800",
            "\udc00\ud800",
            "a\ud83d",
            "\u0000",
            "\u001f",
            "\u007f",
            "\b\f\r\t/",
            "\u2028",
            "\"",
            "\\",
            "/",
            "a\"b\\c\n");

    private static final List<Object> NUMBERS = List.of(
            1L,
            0L,
            7L,
            -1L,
            10L,
            1000L,
            9007199254740993L,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            1.0,
            0.0,
            -0.0,
            0.5,
            1.5,
            1e3,
            1e7,
            1.0E-4,
            1e300,
            Double.MIN_VALUE,
            Double.MAX_VALUE,
            1e21,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY);

    /** A small set, so that keys repeat. */
    static final List<String> COMMON_KEYS = List.of("a", "b", "");

    static final List<String> KEYS =
            List.of("a", "b", "c", "a.b", "", " ", "user", "user_properties", "key", "0", "\u00e9", "\"", "\ud800");

    private final Choices choices;

    RandomJson(Choices choices) {
        this.choices = choices;
    }

    @Nullable
    Object value(int depth) {
        return switch (choices.below(depth > 0 ? 12 : 8)) {
            case 0, 1, 2, 3, 4 -> text();
            case 5 -> number();
            case 6 -> choices.chance(50);
            case 7 -> null;
            case 8, 9, 10 -> list(depth - 1);
            default -> object(depth - 1);
        };
    }

    Object scalar() {
        return switch (choices.below(8)) {
            case 0, 1, 2, 3, 4 -> text();
            case 5, 6 -> number();
            default -> choices.chance(50);
        };
    }

    String text() {
        return choices.chance(5) ? longText() : choices.oneOf(TEXTS);
    }

    private String longText() {
        return choices.oneOf(TEXTS).repeat(choices.below(200));
    }

    Object number() {
        return choices.chance(30) ? (Object) (long) choices.below(100) : choices.oneOf(NUMBERS);
    }

    List<@Nullable Object> list(int depth) {
        List<@Nullable Object> list = new ArrayList<>();
        while (choices.more(list.size(), 3)) {
            list.add(value(depth));
        }
        return list;
    }

    Map<String, @Nullable Object> object(int depth) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; choices.more(i, 3); i++) {
            object.put(choices.oneOf(KEYS), value(depth));
        }
        return object;
    }
}
