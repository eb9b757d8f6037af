/** Many users, and results about them as lines that are streamed while they are computed. */
@NullMarked
package io.variate.simulation;

import org.jspecify.annotations.NullMarked;
