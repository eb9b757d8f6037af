package io.variate.store;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be changed in a token.
 *
 * @param name unique; for logs and the audit
 * @param role {@code viewer}, {@code editor} or {@code admin}
 * @param projects keys of projects; none means all
 * @param deployments labels of deployments; none means all
 * @param keyPrefixes prefixes of keys; none means all
 * @param expiresAt null for never
 */
public record TokenFields(
        String name,
        String role,
        Set<String> projects,
        Set<String> deployments,
        Set<String> keyPrefixes,
        @Nullable Instant expiresAt) {

    public TokenFields {
        projects = Set.copyOf(projects);
        deployments = Set.copyOf(deployments);
        keyPrefixes = Set.copyOf(keyPrefixes);
    }
}
