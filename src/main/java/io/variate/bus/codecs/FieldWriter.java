package io.variate.bus.codecs;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a message: total length (4 bytes), version (1 byte), then fields, each with a tag (1 byte), a length (4 bytes) and
 * content. A reader skips unknown tags, so a release can add fields without a new version.
 */
final class FieldWriter {
    private final Buffer buffer;
    private final int start;

    FieldWriter(Buffer buffer, int version) {
        this.buffer = buffer;
        this.start = buffer.length();
        buffer.appendInt(0).appendByte((byte) version);
    }

    FieldWriter text(int tag, @Nullable String value) {
        return value == null ? this : bytes(tag, Buffer.buffer(value.getBytes(StandardCharsets.UTF_8)));
    }

    FieldWriter bytes(int tag, Buffer value) {
        buffer.appendByte((byte) tag).appendInt(value.length()).appendBuffer(value);
        return this;
    }

    /** Writes a nested message. */
    <T> FieldWriter message(int tag, ByReferenceCodec<T> codec, T message) {
        Buffer bytes = Buffer.buffer();
        codec.encodeToWire(bytes, message);
        return bytes(tag, bytes);
    }

    FieldWriter number(int tag, long value) {
        buffer.appendByte((byte) tag).appendInt(Long.BYTES).appendLong(value);
        return this;
    }

    void end() {
        buffer.setInt(start, buffer.length() - start - Integer.BYTES);
    }
}
