/** Strict decoding of requests: heads, chunks, paths and queries, one reading for both ports. */
@NullMarked
package io.variate.web.decoding;

import org.jspecify.annotations.NullMarked;
