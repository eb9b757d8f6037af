package io.variate.management.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The credential of a client of the management API. A fast hash without salt is enough to store it, because nobody can guess
 * 256 random bits.
 *
 * @param secret {@code vt_} and 43 characters of Base64 for URLs; never log it
 */
public record Token(String secret) {
    private static final int RANDOM_BYTES = 32;
    private static final String PREFIX = "vt_";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Creates a token. */
    public static Token random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return new Token(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
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
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing, which every Java platform must have", e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
