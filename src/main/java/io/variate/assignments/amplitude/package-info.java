/** Upload of events to Amplitude: ordered per user, at least once, with Amplitude's answers applied event by event. */
@NullMarked
package io.variate.assignments.amplitude;

import org.jspecify.annotations.NullMarked;
