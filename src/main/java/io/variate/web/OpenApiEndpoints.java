package io.variate.web;

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
import java.util.function.Supplier;

/** {@code GET /openapi.json}: the description of a port's API. Tests validate every answer against it. */
public final class OpenApiEndpoints implements Endpoints {
    private static final String PATH = "/openapi.json";

    /**
     * A description. Thread-safe.
     *
     * @param plain the JSON
     * @param compressed the JSON as gzip
     * @param tag its entity tag
     */
    private record Document(Buffer plain, Buffer compressed, String tag) {
        static Document read(String resource) {
            try (InputStream in =
                    Objects.requireNonNull(OpenApiEndpoints.class.getResourceAsStream(resource), resource)) {
                Buffer json = Buffer.buffer(in.readAllBytes());
                String tag = '"' + Integer.toHexString(Arrays.hashCode(json.getBytes())) + '"';
                return new Document(Wire.shared(json), Wire.shared(Compression.gzip(json)), tag);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Created by the first request. */
    private static final class PublicPort {
        private static final Document DOCUMENT = Document.read("/openapi/public.json");
    }

    /** Created by the first request. */
    private static final class AdminPort {
        private static final Document DOCUMENT = Document.read("/openapi/admin.json");
    }

    private final Supplier<Document> document;
    private final Compression compression;

    private OpenApiEndpoints(Supplier<Document> document, int compressFrom) {
        this.document = document;
        this.compression = new Compression(compressFrom);
    }

    /**
     * Serves the description of the public port.
     *
     * @param compressFrom smallest answer to compress for clients that accept gzip, in bytes
     */
    public static OpenApiEndpoints ofPublicPort(int compressFrom) {
        return new OpenApiEndpoints(() -> PublicPort.DOCUMENT, compressFrom);
    }

    /** Serves the description of the admin port; otherwise like {@link #ofPublicPort}. */
    public static OpenApiEndpoints ofAdminPort(int compressFrom) {
        return new OpenApiEndpoints(() -> AdminPort.DOCUMENT, compressFrom);
    }

    @Override
    public void addTo(Router router) {
        router.route(HttpMethod.GET, PATH).handler(this::answer);
        router.route(PATH).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }

    private void answer(RoutingContext context) {
        Document description = document.get();
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.ETAG, description.tag()).putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        if (EntityTag.isKnown(context.request().headers(), description.tag())) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON);
            compression.end(context, description.plain(), description.compressed());
        }
    }
}
