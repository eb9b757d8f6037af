package io.variate.store;

/**
 * A reference from one resource to another.
 *
 * @param role what the target is to the source
 */
public record ResourceReference(long source, long target, String role) {}
