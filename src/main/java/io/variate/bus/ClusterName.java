package io.variate.bus;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The name of the Hazelcast cluster. Hazelcast rejects a node that joins with another name.
 *
 * <p>The name includes the zone, so that nodes of two zones never join, and a keyed hash that requires the password. The hash
 * is sent in plain text: it keeps out strangers and mistakes, but not an attacker who can read the traffic.
 */
public final class ClusterName {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int HASH_BYTES = 16;

    private ClusterName() {}

    /**
     * The name for {@code cluster.name}, {@code node.zone} and {@code cluster.password} of the nodes.
     *
     * @param password null if the setting is absent
     */
    public static String of(String cluster, String zone, @Nullable String password) {
        // Unambiguous: neither setting can contain the separator.
        String open = cluster + "@" + zone;
        return password == null ? open : open + "#" + hash(password, open);
    }

    private static String hash(String password, String name) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(password.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            byte[] hash = mac.doFinal(("variate cluster " + name).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
