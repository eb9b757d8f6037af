package io.variate.management;

import java.security.SecureRandom;

/** Draws salts and keys at random. Thread-safe. */
public final class Secrets {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int SALT_LENGTH = 8;

    /** About 190 bits. */
    private static final int KEY_LENGTH = 32;

    private final SecureRandom random = new SecureRandom();

    /** A salt as Amplitude draws it. */
    String salt() {
        return text(SALT_LENGTH);
    }

    /** The credential of a deployment. */
    public String deploymentKey(String type) {
        return type + "-" + text(KEY_LENGTH);
    }

    private String text(int length) {
        return random.ints(length, 0, ALPHABET.length())
                .collect(StringBuilder::new, (text, i) -> text.append(ALPHABET.charAt(i)), StringBuilder::append)
                .toString();
    }
}
