/**
 * Flags as code: checks and evaluates them from the command line, without a server.
 *
 * <p>May import, of ours: rulesets, engine. Starts nothing and logs nothing, so that a command answers at once.
 */
@NullMarked
package io.variate.commandline;

import org.jspecify.annotations.NullMarked;
