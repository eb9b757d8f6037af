package io.variate.management.model;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A deployment: the access of an application to flags, which name the deployments that serve them. Immutable.
 *
 * @param id see {@link Resource#id}
 * @param key the credential; never printed
 * @param label for people, events and logs
 * @param type whether the application can keep the key secret
 * @param zone the region that the deployment belongs to, or null for every zone
 * @param cacheSeconds how long a CDN may cache a response; 0 disables caching
 * @param remoteRules whether flag configurations contain the rules of remote flags
 * @param evaluationId whether each variant in a response has the id of its evaluation
 * @param allFlags whether it serves all flags of the project
 * @param otherFlags keys that it serves beside the flags that name it: groups, which cannot
 * @param previousKey the credential before the last rotation, or null
 */
public record ManagedDeployment(
        long id,
        String project,
        String key,
        String label,
        Type type,
        @Nullable String zone,
        int cacheSeconds,
        boolean remoteRules,
        boolean evaluationId,
        boolean allFlags,
        List<String> otherFlags,
        boolean archived,
        @Nullable PreviousKey previousKey)
        implements Resource {

    /**
     * A credential that is valid beside the present one.
     *
     * @param key never printed
     * @param expiresAt the time from which it is refused
     */
    public record PreviousKey(String key, Instant expiresAt) {
        @Override
        public String toString() {
            return "PreviousKey[expiresAt=" + expiresAt + "]";
        }
    }

    /** Whether the application can keep its key secret. */
    public enum Type {
        CLIENT,
        SERVER;

        /** The name in JSON. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ManagedDeployment {
        otherFlags = List.copyOf(otherFlags);
    }

    /** A deployment in every zone without flags. */
    public static ManagedDeployment create(String project, String key, String label, Type type) {
        return new ManagedDeployment(
                UNSAVED, project, key, label, type, null, 0, false, false, false, List.of(), false, null);
    }

    @Override
    public ResourceKind kind() {
        return ResourceKind.DEPLOYMENT;
    }

    @Override
    public ManagedDeployment withId(long changed) {
        return copy(changed, project, key, label, archived);
    }

    @Override
    public ManagedDeployment withProject(String changed) {
        return copy(id, changed, key, label, archived);
    }

    @Override
    public ManagedDeployment withArchived(boolean changed) {
        return copy(id, project, key, label, changed);
    }

    public ManagedDeployment withLabel(String changed) {
        return copy(id, project, key, changed, archived);
    }

    /** The deployment with another credential. */
    public ManagedDeployment withKey(String changed) {
        return copy(id, project, changed, label, archived);
    }

    /** The deployment with a new credential, and the present one until it expires. */
    public ManagedDeployment rotated(String newKey, Instant expiresAt) {
        return copy(id, project, newKey, label, archived).withPreviousKey(new PreviousKey(key, expiresAt));
    }

    public ManagedDeployment withPreviousKey(@Nullable PreviousKey changed) {
        return new ManagedDeployment(
                id,
                project,
                key,
                label,
                type,
                zone,
                cacheSeconds,
                remoteRules,
                evaluationId,
                allFlags,
                otherFlags,
                archived,
                changed);
    }

    private ManagedDeployment copy(long newId, String newProject, String newKey, String newLabel, boolean nowArchived) {
        return new ManagedDeployment(
                newId,
                newProject,
                newKey,
                newLabel,
                type,
                zone,
                cacheSeconds,
                remoteRules,
                evaluationId,
                allFlags,
                otherFlags,
                nowArchived,
                previousKey);
    }

    /** Without the credential. */
    @Override
    public String toString() {
        return "ManagedDeployment[" + id + ", " + label + ", " + type + "]";
    }
}
