/** Strict decoding of requests, for both ports: heads, chunks, paths, queries and UTF-8. */
@NullMarked
package io.variate.web.decoding;

import org.jspecify.annotations.NullMarked;
