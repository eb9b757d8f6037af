/**
 * Hazelcast: configuration, discovery, membership, leadership, and the authentication of peers.
 */
@NullMarked
package io.variate.cluster;

import org.jspecify.annotations.NullMarked;
