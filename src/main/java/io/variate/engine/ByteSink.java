package io.variate.engine;

/** Where encoded answers go, piece by piece: {@code buffer::appendBytes} of one library, {@code buffer::put} of another. */
@FunctionalInterface
public interface ByteSink {

    /** Takes a part of an array that belongs to somebody else: it is to be copied, and never changed. */
    void write(byte[] bytes, int offset, int length);
}
