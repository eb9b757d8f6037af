package io.variate.engine;

/** Random regular expressions with every construct of the library, mostly valid and often hostile. */
final class RandomPattern {

    private static final String[] LETTERS = {"a", "b", "c", "A", "é", "1", "-", "]", "}", " ", "#x\n", "😀"};

    private static final String[] ESCAPES = {
        "\\d",
        "\\w",
        "\\S",
        "\\b",
        "\\B",
        "\\A",
        "\\z",
        "\\Z",
        "\\h",
        "\\V",
        "\\R",
        "\\1",
        "\\2",
        "\\x41",
        "\\u0041",
        "\\07",
        "\\e",
        "\\.",
        "\\Qa*]\\E",
        "\\p{Lower}",
        "\\P{Punct}",
        "\\pL",
        "\\p{IsGreek}",
        "\\x{1F600}",
        "\\cA",
        "\\X",
        "\\G"
    };

    private static final String[] EMPTY = {"", "()", "(|)", "(?:)", "(a?)", "^", "$", "a*"};

    private static final String[] QUANTIFIERS = {
        "",
        "",
        "",
        "*",
        "+",
        "?",
        "*?",
        "+?",
        "*+",
        "++",
        "?+",
        "{3}",
        "{0,3}",
        "{2,}",
        "{0,1000}",
        "{1000}",
        "{100000}",
        "{0}"
    };

    private static final String[] OPENINGS = {
        "(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?<n>", "(?i:", "(?x:", "(?s-i:", "(?i)(", "(?x)(", "(?m:",
        "(?iu:"
    };

    private static final String[] MEMBERS = {
        "a",
        "a-c",
        "b-z",
        "0-9",
        "^",
        "-",
        "]",
        "&",
        "\\d",
        "\\W",
        "\\v",
        "\\-",
        "\\]",
        "\\x41",
        "é",
        "A-Z",
        "\\p{Alpha}",
        " "
    };

    private RandomPattern() {}

    static String make(Choices choices) {
        return choice(choices, choices.below(5));
    }

    private static String choice(Choices choices, int depth) {
        StringBuilder pattern = new StringBuilder();
        for (int parts = choices.below(4); parts >= 0; parts--) {
            pattern.append(part(choices, depth)).append(choices.oneOf(QUANTIFIERS));
            if (choices.chance(15)) {
                pattern.append('|');
            }
        }
        return pattern.toString();
    }

    private static String part(Choices choices, int depth) {
        int kind = choices.below(depth > 0 ? 7 : 4);
        return switch (kind) {
            case 0 -> choices.oneOf(LETTERS);
            case 1 -> choices.oneOf(ESCAPES);
            case 2 -> choices.oneOf(EMPTY);
            case 3 -> choices.chance(20) ? "." : "[" + members(choices, 2) + "]";
            default -> choices.oneOf(OPENINGS) + choice(choices, depth - 1) + ")";
        };
    }

    private static String members(Choices choices, int depth) {
        StringBuilder members = new StringBuilder(choices.chance(20) ? "^" : "");
        for (int parts = choices.below(3); parts >= 0; parts--) {
            members.append(choices.oneOf(MEMBERS));
            if (depth > 0 && choices.chance(20)) {
                members.append(choices.chance(50) ? "&&" : "")
                        .append('[')
                        .append(members(choices, depth - 1))
                        .append(']');
            }
        }
        if (depth > 0 && choices.chance(10)) {
            members.append("&&").append(members(choices, depth - 1));
        }
        return members.toString();
    }
}
