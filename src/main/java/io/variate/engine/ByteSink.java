package io.variate.engine;

/**
 * Receives an encoded response piece by piece. Method references such as {@code buffer::appendBytes} and {@code
 * buffer::put} fit.
 */
@FunctionalInterface
public interface ByteSink {

    /** Receives a part of an array that the caller still owns: implementations copy it and never modify it. */
    void write(byte[] bytes, int offset, int length);
}
