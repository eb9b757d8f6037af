package io.variate.web;

import io.variate.config.Secret;
import io.variate.config.Settings;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;

/**
 * Lets a request pass if it carries {@code Authorization: Basic …} with api key and secret key of the project; nobody
 * passes where these are not set.
 */
public final class BasicAuthentication implements Handler<RoutingContext> {
    private static final String SCHEME = "Basic ";
    private static final ApiError REFUSED = new ApiError(
            401,
            "unauthorized",
            "send one header Authorization: Basic <api key:secret key of the project, in base64>",
            "Authorization");

    private final Settings.Project project;

    public BasicAuthentication(Settings.Project project) {
        this.project = project;
    }

    @Override
    public void handle(RoutingContext context) {
        if (isKnown(context.request().headers().getAll(HttpHeaders.AUTHORIZATION))) {
            context.next();
            return;
        }
        context.response().putHeader(ResponseHeaders.CHALLENGE, "Basic realm=\"variate\"");
        Failures.answer(context, REFUSED);
    }

    private boolean isKnown(List<String> headers) {
        Secret apiKey = project.apiKey();
        Secret secretKey = project.secretKey();
        if (apiKey == null || secretKey == null || headers.size() != 1) {
            return false;
        }
        String header = headers.get(0);
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] expected = (apiKey.value() + ':' + secretKey.value()).getBytes(StandardCharsets.UTF_8);
        // Takes the same time wherever the first difference is.
        return MessageDigest.isEqual(decode(header.substring(SCHEME.length()).strip()), expected);
    }

    /** The bytes, from either alphabet and with padding or without; none if it is not base64. */
    private static byte[] decode(String encoded) {
        try {
            return Base64.getDecoder()
                    .decode(encoded.replace('-', '+').replace('_', '/').getBytes(StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
