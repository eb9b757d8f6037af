package io.variate.http;

import io.variate.web.Compression;
import io.variate.web.Endpoints;
import io.variate.web.EntityTag;
import io.variate.web.Failures;
import io.variate.web.ResponseHeaders;
import io.variate.web.connections.Wire;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;

/** {@code GET /openapi.json}: the description of the public API. Tests validate every answer against it. */
public final class OpenApiEndpoints implements Endpoints {
    private static final String PATH = "/openapi.json";
    private static final Buffer DOCUMENT = read("/openapi/public.json");
    private static final String TAG = '"' + Integer.toHexString(Arrays.hashCode(DOCUMENT.getBytes())) + '"';

    /** Created by the first request. */
    private static final class Shared {
        private static final Buffer PLAIN = Wire.shared(DOCUMENT);
        private static final Buffer COMPRESSED = Wire.shared(Compression.gzip(DOCUMENT));
    }

    private final Compression compression;

    /**
     * Serves the description.
     *
     * @param compressFrom smallest answer to compress for clients that accept gzip, in bytes
     */
    public OpenApiEndpoints(int compressFrom) {
        this.compression = new Compression(compressFrom);
    }

    @Override
    public void addTo(Router router) {
        router.route(HttpMethod.GET, PATH).handler(this::answer);
        router.route(PATH).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }

    private void answer(RoutingContext context) {
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.ETAG, TAG).putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        if (EntityTag.isKnown(context.request().headers(), TAG)) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON);
            compression.end(context, Shared.PLAIN, Shared.COMPRESSED);
        }
    }

    private static Buffer read(String resource) {
        try (InputStream in = Objects.requireNonNull(OpenApiEndpoints.class.getResourceAsStream(resource), resource)) {
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
