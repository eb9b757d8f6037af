package io.variate.store;

/**
 * The place of a resource among all keys.
 *
 * @param key secret in the namespace of deployments, so never printed
 */
public record ResourceKey(String project, String namespace, String key) {

    /** Without the key, which may be secret. */
    @Override
    public String toString() {
        return "ResourceKey[" + project + ", " + namespace + "]";
    }
}
