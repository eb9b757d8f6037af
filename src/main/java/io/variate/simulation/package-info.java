/** Unrecorded evaluations: explanations of a user, and results about many users, streamed while they are computed. */
@NullMarked
package io.variate.simulation;

import org.jspecify.annotations.NullMarked;
