package io.variate.rulesets.document;

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
 */
public record Deployment(
        String key,
        String label,
        Type type,
        @Nullable String zone,
        List<String> flags,
        int cacheSeconds,
        boolean remoteRules,
        boolean evaluationId)
        implements Element {

    /** Stands for all flags of the project in {@link #flags}. */
    public static final String ALL_FLAGS = "*";

    /** The label of a deployment that states none. */
    static final String UNNAMED = "unnamed";

    /** Whether the application can keep its key secret. */
    public enum Type {
        SERVER,
        CLIENT
    }

    public Deployment {
        flags = List.copyOf(flags);
    }

    public boolean hasAllFlags() {
        return flags.contains(ALL_FLAGS);
    }

    public boolean isServedIn(String servedZone) {
        return zone == null || zone.equals(servedZone);
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
