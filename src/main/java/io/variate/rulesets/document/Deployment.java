package io.variate.rulesets.document;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An application's access to flags.
 *
 * @param key what the application authenticates with; secret if the type is {@code SERVER}, so never printed
 * @param label name for people, events and logs
 * @param zone region that the deployment belongs to; null means the zone of whoever serves it
 * @param flags keys of its flags; {@code *} stands for all
 * @param cacheSeconds how long a CDN may keep an answer; 0 means not at all
 * @param remoteRules whether flag configurations hold the rules of flags that only the server evaluates, rather than
 *     stubs; never with the type {@code CLIENT}
 * @param evaluationId whether each variant of an answer names the evaluation that it comes from, which makes the answer
 *     unfit for caches
 */
public record Deployment(
        String key,
        String label,
        Type type,
        @Nullable String zone,
        List<String> flags,
        int cacheSeconds,
        boolean remoteRules,
        boolean evaluationId) {

    /** Whether the key can be kept secret. */
    public enum Type {
        SERVER,
        CLIENT
    }

    public Deployment {
        flags = List.copyOf(flags);
    }

    public boolean hasAllFlags() {
        return flags.contains("*");
    }

    public boolean isServedIn(String servedZone) {
        return zone == null || zone.equals(servedZone);
    }

    @Override
    public String toString() {
        return "Deployment[" + label + ", " + type + ", zone=" + zone + "]";
    }
}
