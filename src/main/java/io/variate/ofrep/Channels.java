package io.variate.ofrep;

import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Identifies deployments in the addresses of streams: browsers cannot send a key header there, and addresses appear in
 * logs.
 *
 * <p>A channel is a hash of the deployment key, so every node can compute it. It reveals when flags change, and nothing
 * else. Used on one event loop.
 */
final class Channels {
    private static final int BYTES = 16;

    private final CurrentRuleset current;
    private final Map<String, String> keys = new HashMap<>();
    private long knownRevision = -1;

    Channels(CurrentRuleset current) {
        this.current = current;
    }

    /** The channel of a deployment. */
    static String of(String deploymentKey) {
        byte[] hash = sha256().digest(("ofrep channel " + deploymentKey).getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES));
    }

    /** The key of the deployment with this channel, or null if this zone has none. */
    @Nullable
    String deploymentKey(@Nullable String channel) {
        Ruleset ruleset = current.get();
        if (ruleset != null && ruleset.revision() != knownRevision) {
            knownRevision = ruleset.revision();
            keys.clear();
            ruleset.deploymentsByKey().keySet().forEach(key -> keys.put(of(key), key));
        }
        return keys.get(channel);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every platform has SHA-256", e);
        }
    }
}
