package io.variate.web;

import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Project;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Admits requests with {@code Authorization: Basic …} that carries the API key and secret key of a project: those in the
 * settings belong to the unnamed project, those in the ruleset to a named one.
 */
public final class BasicAuthentication implements Handler<RoutingContext> {
    private static final String SCHEME = "Basic";
    private static final ApiError UNAUTHORIZED = new ApiError(
            401,
            "unauthorized",
            "Authorization must be sent once, as Basic <base64 of project API key:secret key>",
            "Authorization");

    private static final String KEY = BasicAuthentication.class.getName();

    private final CurrentRuleset current;
    private final Settings.Project unnamed;

    /** @param unnamed the keys of the unnamed project */
    public BasicAuthentication(CurrentRuleset current, Settings.Project unnamed) {
        this.current = current;
        this.unnamed = unnamed;
    }

    /** The key of the project of an admitted request, for the handlers after this one. */
    public static String projectOf(RoutingContext context) {
        return context.get(KEY);
    }

    @Override
    public void handle(RoutingContext context) {
        String credentials = AuthorizationHeader.credentials(context.request().headers(), SCHEME);
        byte[] given = credentials == null ? new byte[0] : decode(credentials);
        Ruleset ruleset = current.get();
        String project = project(ruleset, given);
        if (project != null) {
            context.put(KEY, project);
            context.next();
        } else if (ruleset == null && separator(given) >= 0) {
            // The ruleset may have a project with these keys.
            Failures.answer(context, Failures.NOT_READY);
        } else {
            context.response().putHeader(ResponseHeaders.CHALLENGE, "Basic realm=\"variate\"");
            Failures.answer(context, UNAUTHORIZED);
        }
    }

    /**
     * The key of the project whose API key and secret key a header has, or null.
     *
     * @param header {@code Basic …}, or null
     */
    public @Nullable String project(@Nullable String header) {
        String start = SCHEME + ' ';
        return header == null || !header.regionMatches(true, 0, start, 0, start.length())
                ? null
                : project(current.get(), decode(header.substring(start.length()).strip()));
    }

    private @Nullable String project(@Nullable Ruleset ruleset, byte[] given) {
        return isOfUnnamedProject(given) ? ProjectKeys.UNNAMED : namedProject(ruleset, given);
    }

    private boolean isOfUnnamedProject(byte[] given) {
        Secret apiKey = unnamed.apiKey();
        Secret secretKey = unnamed.secretKey();
        if (apiKey == null || secretKey == null) {
            return false;
        }
        byte[] expected = (apiKey.value() + ':' + secretKey.value()).getBytes(StandardCharsets.UTF_8);
        // Compares in constant time.
        return MessageDigest.isEqual(given, expected);
    }

    /** The key of the named project with these credentials, or null. The API key is public; only the secret is compared. */
    private static @Nullable String namedProject(@Nullable Ruleset ruleset, byte[] given) {
        int separator = separator(given);
        if (ruleset == null || separator < 0) {
            return null;
        }
        Project project = ruleset.projectOf(new String(given, 0, separator, StandardCharsets.UTF_8));
        String secretKey = project == null ? null : project.secretKey();
        if (project == null || secretKey == null) {
            return null;
        }
        byte[] secret = Arrays.copyOfRange(given, separator + 1, given.length);
        return MessageDigest.isEqual(secret, secretKey.getBytes(StandardCharsets.UTF_8)) ? project.key() : null;
    }

    /** The position of the first colon, or -1: the API key ends there (RFC 7617). */
    private static int separator(byte[] given) {
        for (int i = 0; i < given.length; i++) {
            if (given[i] == ':') {
                return i;
            }
        }
        return -1;
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
