package io.variate.json;

import org.jspecify.annotations.Nullable;

/** Types number literals that are already known to be well-formed JSON. */
final class JsonNumber {

    private static final int SAFE_DIGITS = 18;

    /** Far beyond any exponent that matters, and far from overflowing when digits are added to it. */
    private static final int HUGE_EXPONENT = 100_000_000;

    private JsonNumber() {}

    static Double fractional(String text, int start, int end) {
        return Double.valueOf(text.substring(start, end));
    }

    /**
     * A literal without a fraction.
     *
     * @param start of the literal, its sign included
     * @param digitsEnd after its digits
     * @param exponent where its {@code e} stands, or its end
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

    /** The digits times ten to the scale, or null where that is no whole number or does not fit. */
    private static @Nullable Long exact(String text, int from, int to, int scale, boolean negative) {
        int end = to;
        int zeros = scale;
        while (zeros < 0 && end > from && text.charAt(end - 1) == '0') {
            end--;
            zeros++;
        }
        // Accumulated below zero, for the smallest long has no positive counterpart.
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
