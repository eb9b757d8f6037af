package io.variate.engine.operators;

import org.jspecify.annotations.Nullable;

/** Parses a {@link Version}, reading each character a constant number of times. Single use. */
final class VersionScanner {

    private static final long NONE = -1;

    /** Represents every number above 32 bits, however long. */
    private static final long TOO_LARGE = Integer.MAX_VALUE + 1L;

    private final String text;
    private int at;

    VersionScanner(String text) {
        this.text = text;
    }

    @Nullable
    Version scan() {
        long major = readNumber();
        if (!isWithin32Bits(major) || !skip('.')) {
            return null;
        }
        long minor = readNumber();
        if (!isWithin32Bits(minor)) {
            return null;
        }
        if (at == text.length()) {
            return new Version((int) major, (int) minor, 0, null);
        }
        return skip('.') ? scanRest((int) major, (int) minor) : null;
    }

    private @Nullable Version scanRest(int major, int minor) {
        long patch = readNumber();
        if (patch == NONE) {
            return null;
        }
        String prerelease = null;
        if (skip('-')) {
            int start = at;
            if (!skipIdentifiers(false)) {
                return null;
            }
            prerelease = text.substring(start, at);
        }
        if (skip('+') && !skipIdentifiers(true)) {
            return null;
        }
        // A patch above 32 bits counts as 0, for compatibility with the reference engine.
        int number = isWithin32Bits(patch) ? (int) patch : 0;
        return at == text.length() ? new Version(major, minor, number, prerelease) : null;
    }

    private static boolean isWithin32Bits(long number) {
        return number >= 0 && number <= Integer.MAX_VALUE;
    }

    private long readNumber() {
        int start = at;
        long number = 0;
        while (at < text.length() && isDigit(text.charAt(at))) {
            number = Math.min(TOO_LARGE, number * 10 + (text.charAt(at) - '0'));
            at++;
        }
        return at == start ? NONE : number;
    }

    private boolean skipIdentifiers(boolean leadingZeros) {
        do {
            if (!skipIdentifier(leadingZeros)) {
                return false;
            }
        } while (skip('.'));
        return true;
    }

    private boolean skipIdentifier(boolean leadingZeros) {
        int start = at;
        boolean digitsOnly = true;
        while (at < text.length() && isIdentifierPart(text.charAt(at))) {
            digitsOnly &= isDigit(text.charAt(at));
            at++;
        }
        boolean leadingZero = at > start + 1 && digitsOnly && text.charAt(start) == '0';
        return at > start && (leadingZeros || !leadingZero);
    }

    private boolean skip(char expected) {
        if (at < text.length() && text.charAt(at) == expected) {
            at++;
            return true;
        }
        return false;
    }

    private static boolean isIdentifierPart(char c) {
        return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
