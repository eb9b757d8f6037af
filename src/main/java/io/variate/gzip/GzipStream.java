package io.variate.gzip;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * One gzip member that is sent in pieces while it is made, compressed for speed. A client can decompress each piece as soon as
 * it arrives. Holds about 256 KiB of native memory until it is closed. Used by one thread at a time.
 */
public final class GzipStream implements AutoCloseable {
    private static final int BUFFER_BYTES = 512;

    private final ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    private final Compressor compressor;

    /** An empty stream. */
    public GzipStream() {
        try {
            compressor = new Compressor(compressed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Compressor extends GZIPOutputStream {
        Compressor(ByteArrayOutputStream out) throws IOException {
            super(out, BUFFER_BYTES, true);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    /** Compresses the next bytes, and returns everything that is to be sent so far. */
    public byte[] add(byte[] bytes) {
        try {
            compressor.write(bytes);
            compressor.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return taken();
    }

    /** Ends the member, and returns its last bytes. */
    public byte[] finish() {
        try {
            compressor.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return taken();
    }

    private byte[] taken() {
        byte[] bytes = compressed.toByteArray();
        compressed.reset();
        return bytes;
    }

    @Override
    public void close() {
        try {
            compressor.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
