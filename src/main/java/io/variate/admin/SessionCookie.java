package io.variate.admin;

import io.variate.management.access.SessionId;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cookie of a session of the console.
 *
 * <p>A cookie counts only with a header that no form can send, and that a page of another origin can send only after a
 * preflight, which this port refuses. It does not count if the browser reports that a page of another origin sends the
 * request, also of the same site: another port of this host is one.
 *
 * <p>Behind TLS, which this port leaves to a proxy, the name has a prefix that keeps other hosts of the domain from setting
 * the cookie. The proxy reports TLS in {@code X-Forwarded-Proto}. A client that forges it gains nothing: it only makes its own
 * cookie stricter.
 */
public final class SessionCookie {
    private static final String NAME = "variate_session";
    private static final String SECURE_NAME = "__Host-" + NAME;
    private static final String ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Strict";
    private static final CharSequence CONSOLE = HttpHeaders.createOptimized("X-Variate-Console");
    private static final CharSequence SITE = HttpHeaders.createOptimized("Sec-Fetch-Site");
    private static final CharSequence PROTOCOL = HttpHeaders.createOptimized("X-Forwarded-Proto");

    private SessionCookie() {}

    /** The ids in all session cookies of a request, if they count. More than one is ambiguous. */
    static List<SessionId> read(HttpServerRequest request) {
        MultiMap headers = request.headers();
        if (!headers.getAll(CONSOLE).equals(List.of("1"))
                || !headers.getAll(SITE).stream().allMatch("same-origin"::equals)) {
            return List.of();
        }
        String start = (isSecure(request) ? SECURE_NAME : NAME) + '=';
        List<SessionId> ids = new ArrayList<>();
        for (String header : headers.getAll(HttpHeaders.COOKIE)) {
            for (String cookie : header.split(";", -1)) {
                String stripped = cookie.strip();
                if (stripped.startsWith(start)) {
                    ids.add(new SessionId(stripped.substring(start.length())));
                }
            }
        }
        return ids;
    }

    /** The id in the session cookie of a request; null if there is none, or none that counts, or more than one. */
    public static @Nullable SessionId of(HttpServerRequest request) {
        List<SessionId> ids = read(request);
        return ids.size() == 1 ? ids.get(0) : null;
    }

    /** Sets the cookie until the browser ends. */
    public static void set(HttpServerRequest request, SessionId id) {
        put(request, id.secret(), "");
    }

    /** Removes the cookie. */
    public static void remove(HttpServerRequest request) {
        put(request, "", "; Max-Age=0");
    }

    private static void put(HttpServerRequest request, String value, String age) {
        boolean secure = isSecure(request);
        String cookie = (secure ? SECURE_NAME : NAME) + '=' + value + ATTRIBUTES + (secure ? "; Secure" : "") + age;
        request.response().headers().add(HttpHeaders.SET_COOKIE, cookie);
    }

    private static boolean isSecure(HttpServerRequest request) {
        return request.isSSL() || "https".equalsIgnoreCase(request.getHeader(PROTOCOL));
    }
}
