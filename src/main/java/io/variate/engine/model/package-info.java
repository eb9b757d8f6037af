/** Flags as a document describes them, their reader, and the order of their dependencies. */
@NullMarked
package io.variate.engine.model;

import org.jspecify.annotations.NullMarked;
