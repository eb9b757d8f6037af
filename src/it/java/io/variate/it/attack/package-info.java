/**
 * Attacks on a node by clients that have no key, or the key of a client, each run from processes of their own against the
 * production jar while honest clients use it; and a fuzzer of both ports.
 */
@NullMarked
package io.variate.it.attack;

import org.jspecify.annotations.NullMarked;
