package io.variate.bus.codecs;

import io.variate.bus.UnsupportedVersionException;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the output of {@link FieldWriter}: call {@link #next} and, if the tag is known, one of the value methods. Malformed
 * input throws an {@link IllegalArgumentException}.
 */
final class FieldReader {
    private final Buffer buffer;
    private final int end;
    private int next;
    private int length;

    /** @throws UnsupportedVersionException for a version above {@code version} */
    FieldReader(int position, Buffer buffer, int version) {
        this.buffer = buffer;
        check(buffer.length() - position > Integer.BYTES);
        this.end = position + Integer.BYTES + buffer.getInt(position);
        this.next = position + Integer.BYTES + 1;
        check(next <= end && end <= buffer.length());
        int written = buffer.getUnsignedByte(position + Integer.BYTES);
        if (written > version) {
            throw new UnsupportedVersionException(written);
        }
    }

    /** Moves to the next field and returns its tag, or -1 after the last field. */
    int next() {
        next += length;
        if (next >= end) {
            return -1;
        }
        check(end - next > Integer.BYTES);
        int tag = buffer.getUnsignedByte(next);
        length = buffer.getInt(next + 1);
        next += 1 + Integer.BYTES;
        check(length >= 0 && length <= end - next);
        return tag;
    }

    String text() {
        return buffer.getString(next, next + length, StandardCharsets.UTF_8.name());
    }

    Buffer bytes() {
        return buffer.getBuffer(next, next + length);
    }

    <T> T message(ByReferenceCodec<T> codec) {
        return codec.decodeFromWire(0, bytes());
    }

    long number() {
        check(length == Long.BYTES);
        return buffer.getLong(next);
    }

    private static void check(boolean wellFormed) {
        if (!wellFormed) {
            throw new IllegalArgumentException("the message is truncated or malformed");
        }
    }
}
