package io.variate.management.access;

import java.util.regex.Pattern;

/**
 * The credential of a client of the management API. A fast hash without salt is enough to store it, because nobody can guess
 * 256 random bits.
 *
 * @param secret {@code vt_} and 43 characters of Base64 for URLs; never log it
 */
public record Token(String secret) {
    private static final String PREFIX = "vt_";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");

    /** Creates a token. */
    public static Token random() {
        return new Token(PREFIX + RandomSecret.create());
    }

    /** Whether credentials claim to be a token. */
    public static boolean isToken(String credentials) {
        return credentials.startsWith(PREFIX);
    }

    /** Whether this may be a token that was created here. */
    boolean isWellFormed() {
        return FORM.matcher(secret).matches();
    }

    /** The SHA-256, in hexadecimal digits. */
    public String digest() {
        return RandomSecret.sha256(secret);
    }

    @Override
    public String toString() {
        return "***";
    }
}
