/**
 * The start of the process: settings are read, the object graph is built by hand, verticles are deployed in order and stopped in reverse.
 *
 * <p>May import, of ours: everything of ours.
 */
@NullMarked
package io.variate.bootstrap;

import org.jspecify.annotations.NullMarked;
