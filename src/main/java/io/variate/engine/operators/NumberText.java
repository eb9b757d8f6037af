package io.variate.engine.operators;

/**
 * Recognizes numbers by the grammar of {@link Double#parseDouble}, without the cost of its exception for other texts.
 */
final class NumberText {

    private final String text;
    private final int end;
    private int at;

    private NumberText(String text) {
        this.text = text;
        int start = 0;
        int stop = text.length();
        while (start < stop && text.charAt(start) <= ' ') {
            start++;
        }
        while (stop > start && text.charAt(stop - 1) <= ' ') {
            stop--;
        }
        this.at = start;
        this.end = stop;
    }

    /** Whether {@link Double#parseDouble} accepts the text. */
    static boolean isNumber(String text) {
        return mayBeNumber(text) && new NumberText(text).parses();
    }

    private static boolean mayBeNumber(String text) {
        if (text.isEmpty()) {
            return false;
        }
        char first = text.charAt(0);
        return first <= '9' || first == 'N' || first == 'I';
    }

    private boolean parses() {
        skipAny('+', '-');
        if (isRest("NaN") || isRest("Infinity")) {
            return true;
        }
        boolean hexadecimal = text.startsWith("0x", at) || text.startsWith("0X", at);
        if (hexadecimal) {
            at += 2;
        }
        boolean parses =
                hexadecimal ? skipDigits(16) && skipExponent('p', 'P') : skipDigits(10) && skipDecimalExponent();
        return parses && (at == end || isLast("fFdD"));
    }

    private boolean isRest(String word) {
        return end - at == word.length() && text.startsWith(word, at);
    }

    private boolean isLast(String characters) {
        return at == end - 1 && characters.indexOf(text.charAt(at)) >= 0;
    }

    /** Skips digits with at most one point among them; requires at least one digit. */
    private boolean skipDigits(int radix) {
        int before = skipDigitRun(radix);
        if (!skipAny('.', '.')) {
            return before > 0;
        }
        return skipDigitRun(radix) + before > 0;
    }

    private int skipDigitRun(int radix) {
        int start = at;
        while (at < end && text.charAt(at) < 0x80 && Character.digit(text.charAt(at), radix) >= 0) {
            at++;
        }
        return at - start;
    }

    private boolean skipDecimalExponent() {
        boolean present = at < end && (text.charAt(at) == 'e' || text.charAt(at) == 'E');
        return !present || skipExponent('e', 'E');
    }

    private boolean skipExponent(char lower, char upper) {
        if (!skipAny(lower, upper)) {
            return false;
        }
        skipAny('+', '-');
        return skipDigitRun(10) > 0;
    }

    private boolean skipAny(char one, char other) {
        if (at < end && (text.charAt(at) == one || text.charAt(at) == other)) {
            at++;
            return true;
        }
        return false;
    }
}
