/** The wire form of each message between nodes, and their one registry. */
@NullMarked
package io.variate.bus.codecs;

import org.jspecify.annotations.NullMarked;
