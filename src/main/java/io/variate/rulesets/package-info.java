/**
 * The ruleset of this node: where it comes from, how nodes share it, and the one reference that answers read.
 *
 * <p>May import, of ours: cohorts, files, store, cluster, bus, engine, config, observability.
 */
@NullMarked
package io.variate.rulesets;

import org.jspecify.annotations.NullMarked;
