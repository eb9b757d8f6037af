package io.variate.web.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding of bytes, independent of their fragmentation into packets. */
class StrictRequestDecoderTest {
    private static final String POST = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3\r\nabc\r\n0\r\n\r\n",
                "1\r\na\r\n02\r\nbc\r\n000\r\n\r\n",
                "3;name\r\nabc\r\n0;end\r\n\r\n",
                "3;name=value\r\nabc\r\n0\r\n\r\n",
                "3 ; name = value ;b\r\nabc\r\n0\r\n\r\n",
                "3;n=\"quoted; \\\" text\"\r\nabc\r\n0\r\n\r\n",
                "3;n=\"\"\r\nabc\r\n0\r\n\r\n",
                "3\r\nabc\r\n0\r\nTrailer-Name: value\r\nother:\r\n\r\n",
                "3\r\nabc\r\n0\r\nContent-Length: 7\r\nHost: b\r\n\r\n",
            })
    void readsChunks(String body) {
        for (int packet : new int[] {1, 2, 3, 7, 1000}) {
            assertThat(decode(POST + body + NEXT, packet)).isEqualTo("POST /x [abc] GET /next []");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n",
                "\r\n",
                " 3\r\nabc\r\n0\r\n\r\n",
                "3 \r\nabc\r\n0\r\n\r\n",
                "\t3\r\nabc\r\n0\r\n\r\n",
                "+3\r\nabc\r\n0\r\n\r\n",
                "-3\r\nabc\r\n0\r\n\r\n",
                "0x3\r\nabc\r\n0\r\n\r\n",
                "3\nabc\r\n0\r\n\r\n",
                "3\r\nabcd\r\n0\r\n\r\n",
                "3\r\nabc\n0\r\n\r\n",
                "3\r\nabc0\r\n\r\n",
                "3;\r\nabc\r\n0\r\n\r\n",
                "3;=v\r\nabc\r\n0\r\n\r\n",
                "3;n=\r\nabc\r\n0\r\n\r\n",
                "3;n=\"open\r\nabc\r\n0\r\n\r\n",
                "3;n=a b\r\nabc\r\n0\r\n\r\n",
                "3;n\nabc\r\n0\r\n\r\n",
                "3;n=\0\r\nabc\r\n0\r\n\r\n",
                "ffffffffffffffff\r\n",
                "80000000000000000\r\n",
                "7fffffffffffffff0\r\n",
                "3\r\nabc\r\n0\r\nno colon\r\n\r\n",
                "3\r\nabc\r\n0\r\n: nameless\r\n\r\n",
                "3\r\nabc\r\n0\r\nA : b\r\n\r\n",
                "3\r\nabc\r\n0\r\nA: b\r\n folded\r\n\r\n",
                "3\r\nabc\r\n0\r\nA: b\n\r\n",
            })
    void rejectsMalformedChunks(String body) {
        for (int packet : new int[] {1, 2, 3, 7, 1000}) {
            assertThat(decode(POST + body + NEXT, packet)).endsWith("broken").doesNotContain("GET");
        }
    }

    @Test
    void limitsExtensionsAndTrailers() {
        assertThat(decode(POST + "3;" + "x".repeat(20_000) + "\r\nabc\r\n0\r\n\r\n", 1000))
                .endsWith("broken");
        assertThat(decode(POST + "1;abcdefgh\r\na\r\n".repeat(3_000) + "0\r\n\r\n", 1000))
                .endsWith("broken");
        assertThat(decode(POST + "0\r\n" + "A: b\r\n".repeat(20_000) + "\r\n", 1000))
                .endsWith("broken");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
                "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc",
                "\r\n\r\nPOST http://b/x HTTP/1.1\r\nHost: a\r\nContent-Length:3\r\n\r\nabc",
                "POST /x HTTP/1.2\r\nhost:\ta:80 \r\nCONTENT-LENGTH: 3 \t\r\nEmpty:\r\nX: \u00e9\t\u00ff\r\n\r\nabc",
                "POST /x HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
                "POST /x HTTP/1.1\r\nHost: [::1]:65535\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            })
    void readsHeads(String request) {
        for (int packet : new int[] {1, 2, 3, 7, 1000}) {
            assertThat(decode(request + NEXT, packet)).isEqualTo("POST /x [abc] GET /next []");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "\tGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "\0GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET\t/x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /x  HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1.1 \r\nHost: a\r\n\r\n",
                "GET /x\u000bHTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /\u0001 HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /\u007f HTTP/1.1\r\nHost: a\r\n\r\n",
                "G@T /x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /x http/1.1\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1.10\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1\r\nHost: a\r\n\r\n",
                "GET /x HTTP/2.0\r\nHost: a\r\n\r\n",
                "GET /x HTTP/0.9\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1.1\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost:\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a,b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: user@a\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a:port\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a:65536\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a:1:2\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: [::1\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: [g::]\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: \u00e9\r\n\r\n",
                "GET http://user@b/x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET http://b:x/x HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA\t: b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA(: b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\n\u00e9: b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n",
                "GET /x HTTP/1.1\r\n Host: a\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\n \r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\u0000\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\u001b\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\u007f\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nA: b\n\r\n",
                "GET /x HTTP/1.1\nHost: a\r\n\r\n",
                "GET /x HTTP/1.1\r\nHost: a\r\n\n",
                "GET /x HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n",
            })
    void rejectsMalformedHeads(String request) {
        for (int packet : new int[] {1, 2, 3, 7, 1000}) {
            assertThat(decode(request + NEXT, packet)).isEqualTo("bad");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding:",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: chunked\r\nContent-Length: 3",
                "Content-Length: 3\r\nTransfer-Encoding: chunked",
                "Content-Length: 3\r\nContent-Length: 3",
                "Content-Length: 3\r\nContent-Length: 4",
                "Content-Length: 3, 3",
                "Content-Length: +3",
                "Content-Length: 3 3",
                "Content-Length: 0x3",
                "Content-Length: 3;a",
                "Content-Length:",
                "Content-Length: 99999999999999999999",
            })
    void rejectsAmbiguousFraming(String headers) {
        for (String version : List.of("HTTP/1.1", "HTTP/1.0")) {
            assertThat(decode("POST /x " + version + "\r\nHost: a\r\n" + headers + "\r\n\r\nabc" + NEXT, 1000))
                    .isEqualTo("bad");
        }
    }

    @Test
    void reportsWhichPartIsTooLong() {
        EmbeddedChannel channel = new EmbeddedChannel(new StrictRequestDecoder(new HttpServerOptions()));
        channel.writeInbound(Unpooled.copiedBuffer(
                "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n", StandardCharsets.ISO_8859_1));

        HttpRequest request = channel.readInbound();
        assertThat(request.decoderResult().cause().getClass().getSimpleName()).isEqualTo("TooLongHttpLineException");
        channel.finishAndReleaseAll();
    }

    private static String decode(String bytes, int packet) {
        EmbeddedChannel channel = new EmbeddedChannel(new StrictRequestDecoder(new HttpServerOptions()));
        List<String> read = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < bytes.length(); i += packet) {
            channel.writeInbound(Unpooled.copiedBuffer(
                    bytes.substring(i, Math.min(bytes.length(), i + packet)), StandardCharsets.ISO_8859_1));
            for (HttpObject message = channel.readInbound(); message != null; message = channel.readInbound()) {
                describe(message, body, read);
                ReferenceCountUtil.release(message);
            }
        }
        channel.finishAndReleaseAll();
        return read.stream().collect(Collectors.joining(" "));
    }

    private static void describe(HttpObject message, StringBuilder body, List<String> read) {
        if (message instanceof HttpRequest request) {
            boolean good = request.decoderResult().isSuccess();
            read.add(good ? request.method() + " " + request.uri() : "bad");
        } else if (message instanceof HttpContent content) {
            body.append(content.content().toString(StandardCharsets.ISO_8859_1));
            if (content.decoderResult().isFailure()) {
                read.add("broken");
            } else if (content instanceof LastHttpContent) {
                read.add("[" + body + "]");
                body.setLength(0);
            }
        }
    }
}
