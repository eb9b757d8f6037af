/**
 * Hazelcast: discovery, membership, safety.
 *
 * <p>May import, of ours: config, observability.
 */
@NullMarked
package io.variate.cluster;

import org.jspecify.annotations.NullMarked;
