/** The codec of each bus message. */
@NullMarked
package io.variate.bus.codecs;

import org.jspecify.annotations.NullMarked;
