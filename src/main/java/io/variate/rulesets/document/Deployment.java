package io.variate.rulesets.document;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An application's access to flags.
 *
 * @param key the application's credential; secret if the type is {@code SERVER}, so never printed
 * @param label name for people, events and logs
 * @param zone region that the deployment belongs to; null means every zone
 * @param flags keys of its flags; {@code *} stands for all
 * @param cacheSeconds how long a CDN may cache a response; 0 disables caching
 * @param remoteRules whether flag configurations contain the rules of remote flags instead of stubs; never with the type
 *     {@code CLIENT}
 * @param evaluationId whether each variant in a response has the id of its evaluation, so responses cannot be cached
 * @param previousKey the key before the last rotation, or null
 */
public record Deployment(
        String key,
        String label,
        Type type,
        @Nullable String zone,
        List<String> flags,
        int cacheSeconds,
        boolean remoteRules,
        boolean evaluationId,
        @Nullable PreviousKey previousKey)
        implements Element {

    /** Stands for all flags of the project in {@link #flags}. */
    public static final String ALL_FLAGS = "*";

    /** The label of a deployment that states none. */
    static final String UNNAMED = "unnamed";

    private static final int ID_BYTES = 8;

    /** Whether the application can keep its key secret. */
    public enum Type {
        SERVER,
        CLIENT
    }

    /**
     * A key that is valid beside the key of its deployment. A node of a release without rotation does not know it.
     *
     * @param key the credential; never printed
     * @param expiresAt the time from which nodes refuse it, whether it is still in the document or not
     */
    public record PreviousKey(String key, Instant expiresAt) {
        @Override
        public String toString() {
            return "PreviousKey[expiresAt=" + expiresAt + "]";
        }
    }

    public Deployment {
        flags = List.copyOf(flags);
    }

    /** A deployment whose key was not rotated. */
    public Deployment(
            String key,
            String label,
            Type type,
            @Nullable String zone,
            List<String> flags,
            int cacheSeconds,
            boolean remoteRules,
            boolean evaluationId) {
        this(key, label, type, zone, flags, cacheSeconds, remoteRules, evaluationId, null);
    }

    /** This deployment with a previous key, or with none. */
    public Deployment withPreviousKey(@Nullable PreviousKey changed) {
        return new Deployment(key, label, type, zone, flags, cacheSeconds, remoteRules, evaluationId, changed);
    }

    /** This deployment as its clients with the previous key see it. */
    public Deployment asOf(PreviousKey previous) {
        return new Deployment(previous.key(), label, type, zone, flags, cacheSeconds, remoteRules, evaluationId);
    }

    public boolean hasAllFlags() {
        return flags.contains(ALL_FLAGS);
    }

    public boolean isServedIn(String servedZone) {
        return zone == null || zone.equals(servedZone);
    }

    /** A stable id for APIs and logs, derived from the key, which it does not reveal. */
    public static String idOf(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing, which every Java platform must have", e);
        }
    }

    /** The JSON text as it is stored; contains the key. */
    @Override
    public String definition() {
        return ProjectDocument.text(DeploymentFormat.write(this));
    }

    @Override
    public String toString() {
        return "Deployment[" + label + ", " + type + ", zone=" + zone + "]";
    }
}
