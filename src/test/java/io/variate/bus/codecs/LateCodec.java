package io.variate.bus.codecs;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decodes only when the body is read, as happens between nodes. For one message. */
public final class LateCodec implements MessageCodec<String, @Nullable Object> {
    private final Supplier<Object> decoder;
    private final AtomicBoolean sent = new AtomicBoolean();

    public LateCodec(Supplier<Object> decoder) {
        this.decoder = decoder;
    }

    @Override
    public @Nullable Object transform(String message) {
        return sent.compareAndSet(false, true) ? null : decoder.get();
    }

    @Override
    public void encodeToWire(Buffer buffer, String message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable Object decodeFromWire(int position, Buffer buffer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String name() {
        return "late";
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
