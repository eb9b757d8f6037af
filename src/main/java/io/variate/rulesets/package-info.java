/**
 * The ruleset of this node: sources, compilation, sharing between nodes, and the reference that requests read.
 */
@NullMarked
package io.variate.rulesets;

import org.jspecify.annotations.NullMarked;
