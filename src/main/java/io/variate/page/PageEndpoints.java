package io.variate.page;

import io.variate.config.Settings;
import io.variate.web.Compression;
import io.variate.web.Endpoints;
import io.variate.web.EntityTag;
import io.variate.web.Failures;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * {@code GET /}: the evaluation page and its files. The page calls the API like any other client, so nothing here handles
 * keys or users.
 *
 * <p>The content security policy restricts browsers to these files, and connections to this server and the configured
 * zones.
 */
public final class PageEndpoints implements Endpoints {
    private static final String RENDERER = "/META-INF/resources/webjars/lit-html/3.3.2/lit-html.js";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json; charset=utf-8");
    private static final List<String> FILES = List.of(
            "page.js", "request.js", "json.js", "why.js", "split.js", "bar.js", "style.css", "frame.css", "icon.svg");

    private final Map<String, Asset> assets = new TreeMap<>();
    private final String policy;
    private final Compression compression;

    /** A file of the page, uncompressed. */
    private record Asset(String type, Buffer content, String tag) {
        static Asset of(String name, String text) {
            String type = Objects.requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), name);
            return new Asset(type, Buffer.buffer(text), EntityTag.ofText(text));
        }
    }

    /** Serves the page for this server and the configured zones. */
    public PageEndpoints(Settings settings) {
        this.compression = new Compression(settings.http().compressFrom());
        Map<String, URI> zones = settings.http().pageZones();
        this.policy = policy(zones);
        assets.put("/", Asset.of("index.html", read("/page/index.html")));
        FILES.forEach(name -> assets.put("/page/" + name, Asset.of(name, read("/page/" + name))));
        assets.put("/page/lit-html.js", Asset.of(RENDERER, read(RENDERER)));
        assets.put(
                "/page/zones.json",
                Asset.of("zones.json", describe(settings.node().zone(), zones)));
    }

    @Override
    public void addTo(Router router) {
        assets.forEach((path, asset) -> {
            router.route(HttpMethod.GET, path).handler(context -> answer(context, asset));
            router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
        });
    }

    private void answer(RoutingContext context, Asset asset) {
        HttpServerResponse response = context.response()
                .putHeader("Content-Security-Policy", policy)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader(HttpHeaders.ETAG, asset.tag())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        if (EntityTag.isKnown(context.request().headers(), asset.tag())) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, asset.type());
            compression.end(context, asset.content());
        }
    }

    /** Only the renderer may create elements from text, with templates that are literals in our files. */
    private static String policy(Map<String, URI> zones) {
        StringBuilder servers = new StringBuilder("'self'");
        zones.values().forEach(zone -> servers.append(' ')
                .append(zone.getScheme())
                .append("://")
                .append(zone.getRawAuthority()));
        return String.join(
                "; ",
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                "connect-src " + servers,
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types lit-html");
    }

    private static String describe(String own, Map<String, URI> zones) {
        JsonObject others = new JsonObject();
        zones.forEach((name, base) -> others.put(name, base.toString()));
        return new JsonObject().put("own", own).put("zones", others).encode();
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(PageEndpoints.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
