/**
 * The event-bus contract: addresses, messages, failure codes.
 *
 * <p>Depends on no other package of this project.
 */
@NullMarked
package io.variate.bus;

import org.jspecify.annotations.NullMarked;
