package io.variate.web;

import io.vertx.core.http.HttpHeaders;

/** Header names and values of responses, encoded once. */
public final class ResponseHeaders {
    public static final CharSequence REVISION = HttpHeaders.createOptimized("X-Variate-Revision");
    public static final CharSequence TRACK = HttpHeaders.createOptimized("X-Amp-Exp-Track");
    public static final CharSequence EXPOSURE_TRACK = HttpHeaders.createOptimized("X-Amp-Exp-Exposure-Track");
    public static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    public static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    public static final CharSequence CHALLENGE = HttpHeaders.createOptimized("WWW-Authenticate");
    public static final CharSequence VARY =
            HttpHeaders.createOptimized("Authorization, X-Amp-Exp-Flag-Keys, X-Variate-Min-Revision, Accept-Encoding");

    private ResponseHeaders() {}
}
