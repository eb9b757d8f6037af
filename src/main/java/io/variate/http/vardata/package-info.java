/** Variants of a user, requested by parameters, headers or a body. */
@NullMarked
package io.variate.http.vardata;

import org.jspecify.annotations.NullMarked;
