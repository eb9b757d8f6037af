/** Tests of the public API over real connections. */
@NullMarked
package io.variate.http;

import org.jspecify.annotations.NullMarked;
