package io.variate.upstream;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An upstream on a free port whose answers a test chooses by path. Unknown paths are a 404. */
final class StandInServer implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Consumer<HttpServerRequest>> handlers = new ConcurrentHashMap<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();

    /** A received request. */
    record Seen(String target, Map<String, String> headers) {
        @Nullable
        String header(String name) {
            return headers.get(name.toLowerCase(java.util.Locale.ROOT));
        }
    }

    StandInServer(Vertx vertx) {
        server = vertx.createHttpServer(new HttpServerOptions().setCompressionSupported(false));
        server.requestHandler(this::handle);
        server.listen(0, "127.0.0.1").await();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    /** Answers all requests for a path. */
    void on(String path, Consumer<HttpServerRequest> handler) {
        handlers.put(path, handler);
    }

    /** Answers with a status and a JSON body. */
    void answer(String path, int status, String body) {
        on(path, request -> request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(body));
    }

    /** The requests so far whose target starts with a path. */
    List<Seen> requests(String path) {
        return seen.stream()
                .filter(request -> request.target().startsWith(path))
                .toList();
    }

    private void handle(HttpServerRequest request) {
        Map<String, String> headers = new ConcurrentHashMap<>();
        request.headers().forEach((name, value) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), value));
        seen.add(new Seen(request.uri(), headers));
        handlers.getOrDefault(
                        request.path(),
                        unknown -> unknown.response().setStatusCode(404).end())
                .accept(request);
    }

    @Override
    public void close() {
        server.close().await();
    }
}
