package io.variate.admin.console;

import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.variate.web.StaticFiles;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/**
 * {@code GET /console/}: the files of the console, and below {@code page/} the files that it shares with the evaluation
 * page. They contain no data: the console calls the API like any other client.
 */
public final class ConsoleFiles implements Endpoints {
    private static final String FOLDER = "/console/";
    private static final List<String> SHARED =
            List.of("why.js", "split.js", "json.js", "bar.js", "request.js", "style.css", "icon.svg");

    /** No other page may frame the console, or keep a reference to its window. */
    private static final Map<String, String> HEADERS = Map.of(
            "X-Frame-Options", "DENY",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin");

    private final StaticFiles files;

    /** Reads the files: blocks. */
    public ConsoleFiles() {
        files = new StaticFiles(StaticFiles.policy(List.of()), HEADERS)
                .addAll(FOLDER, FOLDER)
                .add(FOLDER, FOLDER + "index.html")
                .add(FOLDER + "page/lit-html.js", StaticFiles.RENDERER);
        SHARED.forEach(name -> files.add(FOLDER + "page/" + name, "/page/" + name));
    }

    @Override
    public void addTo(Router router) {
        router.route(HttpMethod.GET, "/console").handler(ConsoleFiles::redirect);
        files.addTo(router);
        router.route("/console").handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }

    /** Relative, because a proxy may serve this port below a path of its own. */
    private static void redirect(RoutingContext context) {
        if (context.request().path().endsWith("/")) {
            context.next();
        } else {
            context.response()
                    .setStatusCode(308)
                    .putHeader(HttpHeaders.LOCATION, "console/")
                    .end();
        }
    }
}
