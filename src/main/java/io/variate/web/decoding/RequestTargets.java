package io.variate.web.decoding;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Validates the target and the head of a request before routing. */
public final class RequestTargets {
    private static final String PATH = "url";

    private final int maxUrlLength;
    private final int maxHeaderSize;

    /**
     * Checks requests of one server.
     *
     * @param maxUrlLength longest target over HTTP/2 in bytes, as the HTTP/1 decoder enforces it for HTTP/1
     * @param maxHeaderSize largest header block over HTTP/2 in bytes of names and values
     */
    public RequestTargets(int maxUrlLength, int maxHeaderSize) {
        this.maxUrlLength = maxUrlLength;
        this.maxHeaderSize = maxHeaderSize;
    }

    /**
     * Netty's limit for a head over HTTP/2, in bytes as RFC 9113, 6.5.2 counts them: 32 per field in addition to its texts.
     * Netty rejects larger heads with a 431 without a body. The limit is higher than that of {@link #problem}, whose
     * rejections have a body.
     */
    public long maxHeaderListSize() {
        return 2L * (maxUrlLength + maxHeaderSize);
    }

    /** The first problem of a request; null if it is valid. */
    public @Nullable UnacceptableRequestException problem(HttpServerRequest request) {
        UnacceptableRequestException tooLarge = request.version() == HttpVersion.HTTP_2 ? sizeProblem(request) : null;
        if (tooLarge != null) {
            return tooLarge;
        }
        HostAndPort authority = request.version() == HttpVersion.HTTP_2 ? request.authority() : null;
        if (authority != null && !Authority.isValid(authority.host())) {
            return new UnacceptableRequestException(":authority must be a host name or address", "Host");
        }
        return targetProblem(request.uri());
    }

    /** Whether a request is {@code OPTIONS *}, which is about the server as a whole. */
    public static boolean isForServer(HttpServerRequest request) {
        return HttpMethod.OPTIONS.equals(request.method()) && "*".equals(request.uri());
    }

    /** HTTP/2 has one limit for target and headers together; this checks each separately. */
    private @Nullable UnacceptableRequestException sizeProblem(HttpServerRequest request) {
        if (request.uri() != null && request.uri().length() > maxUrlLength) {
            return new UnacceptableRequestException(
                    414, "url_too_long", "the URL must not exceed " + maxUrlLength + " bytes", PATH);
        }
        long size = 0;
        int fields = 0;
        for (Map.Entry<String, String> header : request.headers()) {
            fields++;
            size += header.getKey().length() + header.getValue().length();
        }
        if (fields > HeaderFields.MAX) {
            return HeaderFields.tooMany();
        }
        return size > maxHeaderSize
                ? new UnacceptableRequestException(
                        431, "headers_too_large", "the headers must not exceed " + maxHeaderSize + " bytes", "headers")
                : null;
    }

    private static @Nullable UnacceptableRequestException targetProblem(@Nullable String uri) {
        if (uri == null) {
            return null;
        }
        // Over HTTP/2 a path may be a whole URL, which the router accepts.
        int query = uri.indexOf('?');
        int pathEnd = query < 0 ? uri.length() : query;
        if (!Escapes.areWellFormed(uri, 0, pathEnd)) {
            return new UnacceptableRequestException("% in the path must be followed by two hexadecimal digits", PATH);
        }
        return query < 0 || isPlain(uri, query) ? null : queryProblem(uri.substring(query + 1));
    }

    /** Whether the text needs no decoding. */
    private static boolean isPlain(String uri, int from) {
        for (int i = from; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '%' || c > 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable UnacceptableRequestException queryProblem(String query) {
        try {
            QueryString.forEach(query, (name, value) -> {});
            return null;
        } catch (UnacceptableRequestException e) {
            return e;
        }
    }
}
