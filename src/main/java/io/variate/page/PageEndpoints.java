package io.variate.page;

import io.variate.config.Settings;
import io.variate.web.Endpoints;
import io.variate.web.StaticFiles;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * {@code GET /}: the evaluation page and its files. The page calls the API like any other client, so nothing here handles
 * keys or users.
 *
 * <p>The content security policy restricts browsers to these files, and connections to this server and the configured
 * zones.
 */
public final class PageEndpoints implements Endpoints {
    private static final List<String> FILES = List.of(
            "page.js", "request.js", "json.js", "why.js", "split.js", "bar.js", "style.css", "frame.css", "icon.svg");

    private final StaticFiles files;

    /** Serves the page for this server and the configured zones. */
    public PageEndpoints(Settings settings) {
        Map<String, URI> zones = settings.http().pageZones();
        List<String> servers = zones.values().stream()
                .map(zone -> zone.getScheme() + "://" + zone.getRawAuthority())
                .toList();
        files = new StaticFiles(StaticFiles.policy(servers), Map.of())
                .add("/", "/page/index.html")
                .add("/page/lit-html.js", StaticFiles.RENDERER)
                .add("/page/zones.json", "zones.json", describe(settings.node().zone(), zones));
        FILES.forEach(name -> files.add("/page/" + name, "/page/" + name));
    }

    @Override
    public void addTo(Router router) {
        files.addTo(router);
    }

    private static String describe(String own, Map<String, URI> zones) {
        JsonObject others = new JsonObject();
        zones.forEach((name, base) -> others.put(name, base.toString()));
        return new JsonObject().put("own", own).put("zones", others).encode();
    }
}
