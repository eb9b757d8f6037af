package io.variate.web.decoding;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes HTTP/1 strictly. Bytes that two servers could interpret as different requests are an error, after which nothing
 * more is read from the connection.
 *
 * <p>An invalid head results in one request with a failed {@link DecoderResult}, an invalid body in one failed {@link
 * LastHttpContent}. The cause is an {@link UnacceptableRequestException}, or one of Netty's exceptions for lengths. Chunks are
 * parsed here: Netty's parser rejects valid extensions and accepts white space before a size. Source: RFC 9112.
 */
public final class StrictRequestDecoder extends VertxHttpRequestDecoder {
    private static final String PATH_HOST = "Host";
    private static final String PATH_CODING = "Transfer-Encoding";
    private static final String PATH_LENGTH = "Content-Length";

    private final int maxChunk;
    private final HeadScan scan = new HeadScan();
    private final Chunks chunks;
    private State state = State.HEAD;
    private int lengths;
    private int fields;

    private enum State {
        /** Between requests, or in a head. */
        HEAD,
        /** In a body of known length, which Netty's decoder handles. */
        FIXED_BODY,
        CHUNKED_BODY,
        REJECTED
    }

    /**
     * A decoder for one connection.
     *
     * @param options limits of the request line, of the headers, which also apply to trailers, and of a piece of a body
     */
    public StrictRequestDecoder(HttpServerOptions options) {
        super(options);
        this.maxChunk = options.getMaxChunkSize();
        this.chunks = new Chunks(options.getMaxHeaderSize());
    }

    /** Whether it has read every byte of the requests so far, and none of the next one. */
    public boolean isBetweenRequests() {
        return state == State.HEAD && scan.isAtStart() && actualReadableBytes() == 0;
    }

    /** Number of fields of the current head so far, or of the last one. */
    public int fields() {
        return fields;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        switch (state) {
            case REJECTED -> in.skipBytes(in.readableBytes());
            case CHUNKED_BODY -> decodeChunks(in, out);
            case HEAD, FIXED_BODY -> decodePlain(context, in, out);
        }
    }

    private void decodePlain(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        int from = in.readerIndex();
        int known = out.size();
        super.decode(context, in, out);
        if (state == State.HEAD) {
            scan.read(in, from, in.readerIndex());
            if (out.size() == known && scan.isBrokenRequestLine()) {
                // Netty's decoder would skip bytes and wait for more.
                in.skipBytes(in.readableBytes());
                out.add(createInvalidMessage());
            }
        }
        for (int i = known; i < out.size() && state != State.REJECTED; i++) {
            Object message = out.get(i);
            if (message instanceof HttpRequest request) {
                begin(request);
            }
            if (message instanceof LastHttpContent) {
                end();
            }
        }
        if (state == State.REJECTED) {
            dropAfterRequest(out, known);
        }
    }

    private void begin(HttpRequest request) {
        if (request.decoderResult().isSuccess()) {
            UnacceptableRequestException problem = problem(request);
            if (problem != null) {
                request.setDecoderResult(DecoderResult.failure(problem));
            }
        }
        if (request.decoderResult().isFailure()) {
            state = State.REJECTED;
        } else if (isChunked(request)) {
            state = State.CHUNKED_BODY;
            chunks.begin();
        } else {
            state = State.FIXED_BODY;
        }
    }

    private void end() {
        if (state != State.REJECTED) {
            state = State.HEAD;
            scan.beginHead();
        }
    }

    /** Drops what Netty has decoded from the remaining bytes: possibly a request that an attacker smuggled. */
    private static void dropAfterRequest(List<Object> out, int known) {
        for (int i = out.size() - 1; i >= known && !(out.get(i) instanceof HttpRequest); i--) {
            ReferenceCountUtil.release(out.remove(i));
        }
    }

    private void decodeChunks(ByteBuf in, List<Object> out) {
        try {
            int length = chunks.read(in);
            if (length > 0) {
                out.add(new DefaultHttpContent(in.readRetainedSlice(Math.min(length, maxChunk))));
                chunks.consumed(Math.min(length, maxChunk));
            } else if (chunks.areComplete()) {
                out.add(LastHttpContent.EMPTY_LAST_CONTENT);
                reset();
                end();
            }
        } catch (UnacceptableRequestException e) {
            state = State.REJECTED;
            in.skipBytes(in.readableBytes());
            LastHttpContent broken = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
            broken.setDecoderResult(DecoderResult.failure(e));
            out.add(broken);
        }
    }

    private @Nullable UnacceptableRequestException problem(HttpRequest request) {
        String malformed = scan.problem();
        if (malformed != null) {
            return new UnacceptableRequestException(malformed, null);
        }
        UnacceptableRequestException framing = framingProblem(request);
        return framing == null ? hostProblem(request) : framing;
    }

    private @Nullable UnacceptableRequestException framingProblem(HttpRequest request) {
        if (lengths > 1) {
            return new UnacceptableRequestException("Content-Length must be sent once", PATH_LENGTH);
        }
        if (lengths == 0 && hasHiddenBody(request.headers())) {
            return new UnacceptableRequestException("WebSocket draft hixie-76 is not supported", "headers");
        }
        List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.isEmpty()) {
            return null;
        }
        if (codings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))) {
            return new UnacceptableRequestException("Transfer-Encoding must be chunked", PATH_CODING);
        }
        if (lengths > 0) {
            return new UnacceptableRequestException(
                    "Transfer-Encoding and Content-Length must not be sent together", PATH_CODING);
        }
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0)
                ? new UnacceptableRequestException("Transfer-Encoding must not be sent with HTTP/1.0", PATH_CODING)
                : null;
    }

    /** With this header, Netty's decoder reads the next eight bytes as a body, against the standard. */
    private static boolean hasHiddenBody(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1);
    }

    /** Validates the host, and converts an absolute target to a path and a Host header. */
    private static @Nullable UnacceptableRequestException hostProblem(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1) {
            return new UnacceptableRequestException("the Host header must be sent once", PATH_HOST);
        }
        if (hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return new UnacceptableRequestException("the Host header is required", PATH_HOST);
        }
        if (!hosts.isEmpty() && !Authority.isValid(hosts.get(0))) {
            return new UnacceptableRequestException(
                    "the Host header must be a host name or address and an optional port", PATH_HOST);
        }
        int start = startOfAuthority(request.uri());
        if (start > 0) {
            return takeAuthority(request, start);
        }
        return hasOtherScheme(request.uri())
                ? new UnacceptableRequestException(
                        "an absolute request target must start with http:// or https://", "url")
                : null;
    }

    /** The host in a target overrides the Host header (RFC 9112, 3.2.2). */
    private static @Nullable UnacceptableRequestException takeAuthority(HttpRequest request, int start) {
        String uri = request.uri();
        int end = start;
        while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
            end++;
        }
        String authority = uri.substring(start, end);
        if (end == start && end == uri.length()) {
            return null;
        }
        if (!Authority.isValid(authority)) {
            return new UnacceptableRequestException(
                    "an absolute request target must have a valid host and no user information", "url");
        }
        request.headers().set(HttpHeaderNames.HOST, authority);
        String rest = uri.substring(end);
        request.setUri(rest.startsWith("/") ? rest : '/' + rest);
        return null;
    }

    private static int startOfAuthority(String uri) {
        if (uri.regionMatches(true, 0, "http://", 0, 7)) {
            return 7;
        }
        return uri.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
    }

    private static boolean hasOtherScheme(String uri) {
        int end = 0;
        while (end < uri.length() && Character.isLetterOrDigit(uri.charAt(end))) {
            end++;
        }
        return end > 0 && uri.startsWith("://", end);
    }

    private static boolean isChunked(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    @Override
    protected HttpMessage createMessage(String[] line) {
        lengths = 0;
        fields = 0;
        return new DefaultHttpRequest(
                version(line[2]), HttpMethod.valueOf(line[0]), line[1], HeadersMultiMap.httpHeaders());
    }

    /** A later minor version is treated as the latest known one (RFC 9110, 2.5). */
    private static HttpVersion version(String text) {
        if (text.equals("HTTP/1.1")) {
            return HttpVersion.HTTP_1_1;
        }
        if (text.equals("HTTP/1.0")) {
            return HttpVersion.HTTP_1_0;
        }
        if (text.length() != 8
                || !text.startsWith("HTTP/")
                || !isDigit(text, 5)
                || text.charAt(6) != '.'
                || !isDigit(text, 7)) {
            throw new UnacceptableRequestException("the request line must end with a version such as HTTP/1.1", null);
        }
        if (text.charAt(5) != '1') {
            throw new UnacceptableRequestException(
                    400, "unsupported_version", "the HTTP version must be 1.0, 1.1 or 2", null);
        }
        return HttpVersion.HTTP_1_1;
    }

    private static boolean isDigit(String text, int index) {
        return text.charAt(index) >= '0' && text.charAt(index) <= '9';
    }

    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        fields++;
        if (fields > HeaderFields.MAX) {
            throw HeaderFields.tooMany();
        }
        if (length == 0) {
            throw new UnacceptableRequestException("a header must have a name", "headers");
        }
        for (int i = start; i < start + length; i++) {
            if (!HeaderText.isToken(line[i])) {
                throw new UnacceptableRequestException(
                        "a header name must contain only letters, digits and !#$%&'*+-.^_`|~", null);
            }
        }
        AsciiString name = super.splitHeaderName(line, start, length);
        if (HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)) {
            lengths++;
        }
        return name;
    }
}
