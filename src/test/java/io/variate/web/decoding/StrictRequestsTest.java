package io.variate.web.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictRequestsTest {
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: x\r\n";

    /** Vert.x does not release messages that it has queued, so they must not come from the pool. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                HEAD + "Content-Length: 4\r\n\r\nbody",
                HEAD + "Content-Length: 9\r\n\r\nhalf",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
                HEAD + "Content-Length: 4\r\n\r\nbody" + HEAD + "Content-Length: 4\r\n\r\nbody",
            })
    void copiesBodiesOutOfThePool(String requests) {
        AdaptiveByteBufAllocator pool = new AdaptiveByteBufAllocator();
        ByteBuf bytes = pool.directBuffer();
        bytes.writeCharSequence(requests, StandardCharsets.ISO_8859_1);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast("httpDecoder", new HttpRequestDecoder());
        channel.pipeline().addLast(new StrictRequests(new HttpServerOptions()));

        channel.writeInbound(bytes);

        int bodies = 0;
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            if (message instanceof HttpContent content && content.content().isReadable()) {
                bodies++;
                assertThat(content.content().alloc()).isInstanceOf(UnpooledByteBufAllocator.class);
            }
        }
        assertThat(bodies).isPositive();
        assertThat(bytes.refCnt()).isZero();
    }
}
