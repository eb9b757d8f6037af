/**
 * Clients of evaluators and event recorders over the event bus, for HTTP nodes and for other Vert.x applications.
 */
@NullMarked
package io.variate.client;

import org.jspecify.annotations.NullMarked;
