/** The flag model, its JSON reader, and the dependency order of flags. */
@NullMarked
package io.variate.engine.model;

import org.jspecify.annotations.NullMarked;
