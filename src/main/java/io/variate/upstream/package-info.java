/** The upstream: the server whose flags and cohorts this node serves, Amplitude or another Variate. */
@NullMarked
package io.variate.upstream;

import org.jspecify.annotations.NullMarked;
