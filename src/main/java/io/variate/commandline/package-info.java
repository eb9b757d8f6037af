/**
 * Flags as code: validates and evaluates flags on the command line, without a server.
 *
 * <p>Starts no Vert.x and does not log, so that a command responds at once.
 */
@NullMarked
package io.variate.commandline;

import org.jspecify.annotations.NullMarked;
