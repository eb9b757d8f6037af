package io.variate.bench;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A Vert.x HTTP server with one constant response: the lower bound of the cost of a Vert.x server.
 *
 * <p>Uses the event loops, instances and transport of a Variate node. Argument: the file with the response.
 */
public final class BareServer extends VerticleBase {
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    private static final int ANY_PORT_SHARED = -1;

    private final Buffer answer;
    private final AtomicInteger port;

    private BareServer(Buffer answer, AtomicInteger port) {
        this.answer = answer;
        this.port = port;
    }

    /** Prints {@code listening on <port>} when it is up, and runs until it is killed. */
    public static void main(String[] arguments) throws IOException {
        Buffer answer = Buffer.buffer(Files.readAllBytes(Path.of(arguments[0])));
        int processors = Runtime.getRuntime().availableProcessors();
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setEventLoopPoolSize(processors).setPreferNativeTransport(true));
        AtomicInteger port = new AtomicInteger();
        Supplier<Deployable> server = () -> new BareServer(answer, port);
        vertx.deployVerticle(server, new DeploymentOptions().setInstances(processors))
                .onSuccess(id -> System.out.println("listening on " + port))
                .onFailure(failure -> {
                    System.err.println(failure);
                    System.exit(1);
                });
    }

    @Override
    public Future<?> start() {
        return vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(ANY_PORT_SHARED))
                .requestHandler(request -> request.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                        .end(answer))
                .listen()
                .onSuccess(server -> port.set(server.actualPort()));
    }
}
