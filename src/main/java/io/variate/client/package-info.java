/**
 * What asks the evaluators over the event bus, and hands events over to them, from an HTTP node or from another Vert.x application.
 *
 * <p>May import, of ours: bus.
 */
@NullMarked
package io.variate.client;

import org.jspecify.annotations.NullMarked;
