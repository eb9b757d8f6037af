package io.variate.http.vardata;

import io.variate.web.ResponseHeaders;
import io.vertx.core.MultiMap;

/**
 * Which events an evaluation records, according to the headers of its request.
 *
 * <p>Source: {@code X-Amp-Exp-Track} and {@code X-Amp-Exp-Exposure-Track} of Amplitude's Evaluation API. If headers
 * contradict each other nothing is recorded, which is the safer reading.
 *
 * @param assignment false if a header is {@code no-track} or {@code read-only}
 * @param exposure true if there is a header, and all are {@code track}
 */
public record Tracking(boolean assignment, boolean exposure) {

    /** Changes the headers of a request so that it records nothing. */
    public static void forbid(MultiMap headers) {
        headers.set(ResponseHeaders.TRACK, "no-track").remove(ResponseHeaders.EXPOSURE_TRACK);
    }

    /** Reads the headers of a request; unknown values are ignored. */
    public static Tracking of(MultiMap headers) {
        return new Tracking(
                !headers.contains(ResponseHeaders.TRACK, "no-track", true)
                        && !headers.contains(ResponseHeaders.TRACK, "read-only", true),
                headers.contains(ResponseHeaders.EXPOSURE_TRACK)
                        && headers.getAll(ResponseHeaders.EXPOSURE_TRACK).stream()
                                .allMatch("track"::equalsIgnoreCase));
    }
}
