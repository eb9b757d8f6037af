package io.variate.management.access;

import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token is limited to. Each empty set means no limit.
 *
 * <p>Deployments are identified by their labels. Unlike an id, a label survives the rotation of the key, and flags in
 * documents and in the API list the same deployments by it. Only a caller with {@link Right#ADMINISTER} can change labels.
 *
 * @param projects keys of projects; empty for the project without a name, which JSON calls {@code "1"}
 * @param deployments labels of deployments; limits writes only
 * @param keyPrefixes prefixes of the keys of flags and experiments; limits writes only
 */
public record Scope(Set<String> projects, Set<String> deployments, Set<String> keyPrefixes) {
    /** No limits. */
    public static final Scope ALL = new Scope(Set.of(), Set.of(), Set.of());

    public Scope {
        projects = Set.copyOf(projects);
        deployments = Set.copyOf(deployments);
        keyPrefixes = Set.copyOf(keyPrefixes);
    }

    boolean includesProject(String project) {
        return projects.isEmpty() || projects.contains(project);
    }

    /** Something without a key is outside every prefix. */
    boolean includesKey(@Nullable String key) {
        return keyPrefixes.isEmpty() || (key != null && keyPrefixes.stream().anyMatch(key::startsWith));
    }

    boolean includesDeployments(Collection<String> labels) {
        return deployments.isEmpty() || deployments.containsAll(labels);
    }

    /** Whether writes are limited within a project. */
    boolean limitsWrites() {
        return !deployments.isEmpty() || !keyPrefixes.isEmpty();
    }
}
