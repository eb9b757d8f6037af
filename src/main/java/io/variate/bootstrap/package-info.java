/**
 * The entry point: reads settings, constructs the components of a node, and starts and stops them in order.
 */
@NullMarked
package io.variate.bootstrap;

import org.jspecify.annotations.NullMarked;
