/** Variants of a user: parameters, headers and bodies in, the evaluated variants out. */
@NullMarked
package io.variate.http.vardata;

import org.jspecify.annotations.NullMarked;
