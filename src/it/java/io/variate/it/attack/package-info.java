/**
 * Attacks on the production jar by clients with no key or a client key, from processes of their own, while honest clients use
 * it; and a fuzzer of both ports.
 */
@NullMarked
package io.variate.it.attack;

import org.jspecify.annotations.NullMarked;
