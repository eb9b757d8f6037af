package io.variate.web;

import io.variate.config.Secret;
import io.variate.config.Settings;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Admits requests with {@code Authorization: Basic …} that carries the API key and secret key of the project. Rejects all
 * requests if the settings have no such keys.
 */
public final class BasicAuthentication implements Handler<RoutingContext> {
    private static final String SCHEME = "Basic";
    private static final ApiError UNAUTHORIZED = new ApiError(
            401,
            "unauthorized",
            "Authorization must be sent once, as Basic <base64 of project API key:secret key>",
            "Authorization");

    private final Settings.Project project;

    public BasicAuthentication(Settings.Project project) {
        this.project = project;
    }

    @Override
    public void handle(RoutingContext context) {
        if (isAuthorized(AuthorizationHeader.credentials(context.request().headers(), SCHEME))) {
            context.next();
            return;
        }
        context.response().putHeader(ResponseHeaders.CHALLENGE, "Basic realm=\"variate\"");
        Failures.answer(context, UNAUTHORIZED);
    }

    private boolean isAuthorized(@Nullable String credentials) {
        Secret apiKey = project.apiKey();
        Secret secretKey = project.secretKey();
        if (apiKey == null || secretKey == null || credentials == null) {
            return false;
        }
        byte[] expected = (apiKey.value() + ':' + secretKey.value()).getBytes(StandardCharsets.UTF_8);
        // Compares in constant time.
        return MessageDigest.isEqual(decode(credentials), expected);
    }

    /** Decodes either alphabet, with or without padding; returns no bytes if the text is not base64. */
    private static byte[] decode(String encoded) {
        try {
            return Base64.getDecoder()
                    .decode(encoded.replace('-', '+').replace('_', '/').getBytes(StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
