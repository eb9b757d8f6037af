/** The real neighbours of a node, run on one machine for the development server and for tests. */
@NullMarked
package io.variate.dev;

import org.jspecify.annotations.NullMarked;
