package io.variate.management.access;

import io.variate.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The id of a session: 256 random bits. As for a {@link Token}, a fast hash without salt is enough to store it.
 *
 * @param secret 43 characters of Base64 for URLs; never log it
 */
public record SessionId(String secret) {
    private static final int RANDOM_BYTES = 32;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Creates an id. */
    static SessionId random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return new SessionId(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** Whether this may be an id that was created here. */
    boolean isWellFormed() {
        return FORM.matcher(secret).matches();
    }

    /** The SHA-256 for a session of a stored token, in hexadecimal digits. */
    String digest() {
        return sha256(secret);
    }

    /**
     * The SHA-256 for a session of the admin token. It depends on that token, so another token in the settings ends the
     * session. The random bits keep anyone who reads the digest from guessing the token.
     */
    String digest(Secret adminToken) {
        return sha256(secret + ' ' + adminToken.value());
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
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
