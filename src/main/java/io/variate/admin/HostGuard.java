package io.variate.admin;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rejects requests that a browser on this machine sends for a page from elsewhere.
 *
 * <p>For a port on loopback. A page whose name was rebound to 127.0.0.1 is of the same origin as this port to its browser,
 * so it could read and change everything that needs no token. But the browser states that name in {@code Host}. Only
 * loopback addresses, {@code localhost} and the configured host pass, with any port, for tunnels have other ports. A
 * request without a host passes, since every browser sends one and health checks may not. {@code Origin}, if there is
 * one, must be of such a host too.
 */
final class HostGuard implements Handler<RoutingContext> {
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[^\\[\\]]*]|[^:\\[\\]]*)(?::[0-9]{0,5})?");
    private static final Pattern URL = Pattern.compile("(?i)https?://([^/?#]*).*", Pattern.DOTALL);
    private static final Pattern IPV4_LOOPBACK = Pattern.compile("127(?:\\.(?:0|[1-9][0-9]{0,2})){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

    private final String configured;

    /** @param configured {@code admin.host} */
    HostGuard(String configured) {
        this.configured = normalize(configured);
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!authorities(request).stream().allMatch(this::isOwn)) {
            Replies.error(
                    context,
                    403,
                    "foreign_host",
                    "the host of the request must be a loopback address, localhost or that of admin.host");
        } else if (!request.headers().getAll(HttpHeaders.ORIGIN).stream().allMatch(this::isOwnOrigin)) {
            Replies.error(
                    context,
                    403,
                    "foreign_origin",
                    "the origin of the request must be a loopback address, localhost or that of admin.host");
        } else {
            context.next();
        }
    }

    /** Every host that the request names, wherever it does. */
    private static List<String> authorities(HttpServerRequest request) {
        List<String> authorities = new ArrayList<>(request.headers().getAll(HttpHeaders.HOST));
        HostAndPort pseudoHeader = request.version() == HttpVersion.HTTP_2 ? request.authority() : null;
        if (pseudoHeader != null) {
            authorities.add(pseudoHeader.toString());
        }
        String ofUrl = authority(request.uri());
        if (ofUrl != null) {
            authorities.add(ofUrl);
        }
        return authorities;
    }

    private static @Nullable String authority(String url) {
        Matcher matcher = URL.matcher(url);
        return matcher.matches() ? matcher.group(1) : null;
    }

    private boolean isOwnOrigin(String origin) {
        String authority = authority(origin);
        return authority != null && !authority.isEmpty() && isOwn(authority);
    }

    private boolean isOwn(String authority) {
        Matcher matcher = AUTHORITY.matcher(authority);
        return matcher.matches() && isOwnHost(normalize(matcher.group(1)));
    }

    private boolean isOwnHost(String host) {
        if (host.startsWith("[")) {
            return isIpv6Loopback(host.substring(1, host.length() - 1));
        }
        return host.isEmpty()
                || host.equals("localhost")
                || host.equals(configured)
                || IPV4_LOOPBACK.matcher(host).matches();
    }

    private static boolean isIpv6Loopback(String text) {
        if (!IPV6.matcher(text).matches()) {
            return false;
        }
        try {
            // Of a text with a colon, which is never looked up as a name.
            return InetAddress.getByName(text).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** In lower case, without the dot that ends a full name. */
    private static String normalize(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
