package io.variate.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A client for HTTP/2 with prior knowledge, without TLS. */
final class Http2Client implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client;

    private Http2Client(int port) {
        client = vertx.createHttpClient(new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setDefaultHost("127.0.0.1")
                .setDefaultPort(port));
    }

    static Http2Client of(int port) {
        return new Http2Client(port);
    }

    /** Status and body of the answer. */
    String get(String uri, String authorization) throws IOException {
        try {
            return client.request(HttpMethod.GET, uri)
                    .compose(request ->
                            request.putHeader("Authorization", authorization).send())
                    .compose(answer -> answer.body().map(body -> answer.statusCode() + " " + body))
                    .await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(e);
        }
    }

    /** The parts of a streamed answer as they arrive, and {@code "end"} after the last. */
    BlockingQueue<String> stream(String uri, String authorization) throws IOException {
        BlockingQueue<String> parts = new LinkedBlockingQueue<>();
        open(uri, authorization, answer -> answer.handler(part -> {
                    if (part.length() > 0) {
                        parts.add(part.toString());
                    }
                })
                .endHandler(end -> parts.add("end")));
        return parts;
    }

    /** Sends a request and never reads the answer. */
    void requestWithoutReading(String uri, String authorization) throws IOException {
        open(uri, authorization, HttpClientResponse::pause);
    }

    private void open(String uri, String authorization, Consumer<HttpClientResponse> reader) throws IOException {
        try {
            client.request(HttpMethod.GET, uri)
                    .compose(request ->
                            request.putHeader("Authorization", authorization).send())
                    .onSuccess(reader::accept)
                    .await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            vertx.close().await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(e);
        }
    }
}
