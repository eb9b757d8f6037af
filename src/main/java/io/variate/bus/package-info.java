/**
 * The event-bus contract: addresses, messages, codecs, failure codes.
 *
 * <p>May import nothing of ours.
 */
@NullMarked
package io.variate.bus;

import org.jspecify.annotations.NullMarked;
