/**
 * Commands without a node: validation and evaluation of flags, resources in files, and migration from evaluation-proxy.
 *
 * <p>Starts no Vert.x and does not log, so that a command responds at once.
 */
@NullMarked
package io.variate.commandline;

import org.jspecify.annotations.NullMarked;
