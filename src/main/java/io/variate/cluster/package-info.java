/**
 * Hazelcast: discovery, membership, safety, who is refused; and how a node keeps up with others.
 *
 * <p>May import, of ours: bus, config, observability.
 */
@NullMarked
package io.variate.cluster;

import org.jspecify.annotations.NullMarked;
