package io.variate.bus.codecs;

import io.variate.bus.MessageType;
import io.vertx.core.eventbus.MessageCodec;

/** A codec of an immutable message: passes the same instance within a node, and bytes between nodes. */
abstract class ByReferenceCodec<T> implements MessageCodec<T, T> {
    private final MessageType type;

    ByReferenceCodec(MessageType type) {
        this.type = type;
    }

    @Override
    public final T transform(T message) {
        return message;
    }

    @Override
    public final String name() {
        return type.codecName();
    }

    @Override
    public final byte systemCodecID() {
        return -1;
    }
}
