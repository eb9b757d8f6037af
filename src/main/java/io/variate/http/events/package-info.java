/** Events that clients upload, singly and in batches. */
@NullMarked
package io.variate.http.events;

import org.jspecify.annotations.NullMarked;
