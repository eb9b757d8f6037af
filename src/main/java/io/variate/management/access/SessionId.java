package io.variate.management.access;

import io.variate.config.Secret;
import java.util.regex.Pattern;

/**
 * The id of a session: 256 random bits. As for a {@link Token}, a fast hash without salt is enough to store it.
 *
 * @param secret 43 characters of Base64 for URLs; never log it
 */
public record SessionId(String secret) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}");

    /** Creates an id. */
    static SessionId random() {
        return new SessionId(RandomSecret.create());
    }

    /** Whether this may be an id that was created here. */
    boolean isWellFormed() {
        return FORM.matcher(secret).matches();
    }

    /** The SHA-256 for a session of a stored token, in hexadecimal digits. */
    String digest() {
        return RandomSecret.sha256(secret);
    }

    /**
     * The SHA-256 for a session of the admin token. It depends on that token, so another token in the settings ends the
     * session. The random bits keep anyone who reads the digest from guessing the token.
     */
    String digest(Secret adminToken) {
        return RandomSecret.sha256(secret + ' ' + adminToken.value());
    }

    @Override
    public String toString() {
        return "***";
    }
}
