package io.variate.web.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnfinishedHeadTest {
    private static final HttpServerOptions OPTIONS =
            new HttpServerOptions().setMaxInitialLineLength(100).setMaxHeaderSize(10_000);

    private static ByteBuf bytes(String text) {
        return Unpooled.buffer().writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static UnfinishedHead head(String text) {
        return new UnfinishedHead(bytes(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\n\r\n"})
    void isCompleteAtTheFirstEmptyLineHoweverItsBytesArrive(String text) {
        UnfinishedHead head = head(text.substring(0, 1));
        for (int i = 1; i < text.length(); i++) {
            assertThat(head.isComplete()).as("after %d bytes", i).isFalse();
            head.append(bytes(text.substring(i, i + 1)));
        }

        assertThat(head.isComplete()).isTrue();
        assertThat(head("x" + text + "body").isComplete()).as("all at once").isTrue();
    }

    @Test
    void countsItsLines() {
        UnfinishedHead head = head("GET / HTTP/1.1\r\nHost: a\r\nAcc");
        head.isComplete();
        assertThat(head.lines()).isEqualTo(2);

        head.append(bytes("ept: b\r\n"));
        head.isComplete();
        assertThat(head.lines()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "a long request line, 100, 0, 0, false",
        "a request line over the limit, 101, 0, 0, true",
        "long headers, 50, 1, 10000, false",
        "headers over the limit, 50, 1, 10100, true",
        "many fields, 50, 1000, 1, false",
        "too many fields, 50, 1001, 1, true"
    })
    void goesToTheDecoderOnlyToBeRejected(String name, int line, int fields, int value, boolean exceeds) {
        String headers = ("a:" + "v".repeat(value) + "\n").repeat(fields);
        UnfinishedHead head = head("G".repeat(line) + (fields == 0 ? "" : "\n") + headers);
        head.isComplete();

        assertThat(head.exceeds(OPTIONS)).as(name).isEqualTo(exceeds);
    }
}
