/** Assignment and exposure events that clients send, singly and in batches. */
@NullMarked
package io.variate.http.events;

import org.jspecify.annotations.NullMarked;
