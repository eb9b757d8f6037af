package io.variate.assignments.amplitude;

/**
 * An event that Amplitude has neither taken nor rejected.
 *
 * @param key the id whose events stay in order
 */
record PendingEvent(AmplitudeEvent event, String key, Upload upload) {

    int bytes() {
        return event.json().length();
    }
}
