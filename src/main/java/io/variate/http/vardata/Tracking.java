package io.variate.http.vardata;

import io.variate.web.ResponseHeaders;
import io.vertx.core.MultiMap;

/**
 * What is recorded of an evaluation, as the headers of its request want it.
 *
 * <p>Source: {@code X-Amp-Exp-Track} and {@code X-Amp-Exp-Exposure-Track} of Amplitude's Evaluation API. Of several
 * headers, one that says no is enough: not to be tracked is the safer reading.
 *
 * @param assignment unless a header says {@code no-track} or {@code read-only}
 * @param exposure only if there is a header, and each says {@code track}
 */
public record Tracking(boolean assignment, boolean exposure) {

    /** Makes the headers of a request say that nothing is recorded of it. */
    public static void forbid(MultiMap headers) {
        headers.set(ResponseHeaders.TRACK, "no-track").remove(ResponseHeaders.EXPOSURE_TRACK);
    }

    /** Reads the headers of a request; values that are not known say nothing. */
    public static Tracking of(MultiMap headers) {
        return new Tracking(
                !headers.contains(ResponseHeaders.TRACK, "no-track", true)
                        && !headers.contains(ResponseHeaders.TRACK, "read-only", true),
                headers.contains(ResponseHeaders.EXPOSURE_TRACK)
                        && headers.getAll(ResponseHeaders.EXPOSURE_TRACK).stream()
                                .allMatch("track"::equalsIgnoreCase));
    }
}
