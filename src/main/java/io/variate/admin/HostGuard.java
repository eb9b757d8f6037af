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
 * Protects a port on loopback against pages of other hosts in a browser on the same machine (DNS rebinding).
 *
 * <p>For its browser, a page whose host name was rebound to 127.0.0.1 has the same origin as this port. So it could read and
 * change everything that needs no token. But the browser sends that name in {@code Host}. This guard admits only loopback
 * addresses, {@code localhost} and the configured host, with any port, because tunnels have other ports. It admits a request
 * without a host, because every browser sends one and health checks may not. {@code Origin}, if present, must have such a
 * host too.
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
                    "Host must be a loopback address, localhost or the value of admin.host");
        } else if (!request.headers().getAll(HttpHeaders.ORIGIN).stream().allMatch(this::isOwnOrigin)) {
            Replies.error(
                    context,
                    403,
                    "foreign_origin",
                    "Origin must have a loopback address, localhost or the value of admin.host as its host");
        } else {
            context.next();
        }
    }

    /** All hosts in the request: of its headers, of {@code :authority} and of an absolute URL. */
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
            // A text with a colon is never resolved as a name.
            return InetAddress.getByName(text).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Lower case, without the trailing dot of a fully qualified name. */
    private static String normalize(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
