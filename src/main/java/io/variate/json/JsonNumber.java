package io.variate.json;

import org.jspecify.annotations.Nullable;

/** Converts number literals that are known to be well-formed JSON. */
final class JsonNumber {

    private static final int SAFE_DIGITS = 18;

    /** Far beyond any exponent that matters, and safe from overflow when digit counts are added to it. */
    private static final int HUGE_EXPONENT = 100_000_000;

    private JsonNumber() {}

    static Double fractional(String text, int start, int end) {
        return Double.valueOf(text.substring(start, end));
    }

    /**
     * Converts a literal without a fraction.
     *
     * @param start the start of the literal, including its sign
     * @param digitsEnd the end of its digits
     * @param exponent the offset of its {@code e}, or the end of the literal
     */
    static Number integral(String text, int start, int digitsEnd, int exponent, int end) {
        boolean negative = text.charAt(start) == '-';
        int digits = negative ? start + 1 : start;
        if (exponent == end && digitsEnd - digits <= SAFE_DIGITS) {
            return small(text, digits, digitsEnd, negative);
        }
        int scale = exponent == end ? 0 : exponent(text, exponent + 1, end);
        Long exact = exact(text, digits, digitsEnd, scale, negative);
        if (exact != null) {
            return exact;
        }
        return fractional(text, start, end);
    }

    private static Long small(String text, int from, int to, boolean negative) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + (text.charAt(i) - '0');
        }
        return negative ? -value : value;
    }

    private static int exponent(String text, int from, int to) {
        char sign = text.charAt(from);
        int value = 0;
        for (int i = sign == '-' || sign == '+' ? from + 1 : from; i < to; i++) {
            value = Math.min(HUGE_EXPONENT, value * 10 + (text.charAt(i) - '0'));
        }
        return sign == '-' ? -value : value;
    }

    /** Returns the digits times ten to the scale, or null if the result is not an integer or does not fit 64 bits. */
    private static @Nullable Long exact(String text, int from, int to, int scale, boolean negative) {
        int end = to;
        int zeros = scale;
        while (zeros < 0 && end > from && text.charAt(end - 1) == '0') {
            end--;
            zeros++;
        }
        // Accumulate negative values: the smallest long has no positive counterpart.
        long value = 0;
        for (int i = from; i < end; i++) {
            int digit = text.charAt(i) - '0';
            if (value < (Long.MIN_VALUE + digit) / 10) {
                return null;
            }
            value = value * 10 - digit;
        }
        return value == 0 ? Long.valueOf(0) : scaled(value, zeros, negative);
    }

    private static @Nullable Long scaled(long negated, int zeros, boolean negative) {
        if (zeros < 0) {
            return null;
        }
        long value = negated;
        for (int i = 0; i < zeros; i++) {
            if (value < Long.MIN_VALUE / 10) {
                return null;
            }
            value *= 10;
        }
        if (negative) {
            return value;
        }
        return value == Long.MIN_VALUE ? null : Long.valueOf(-value);
    }
}
