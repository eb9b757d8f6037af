package io.variate.gzip;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Compresses with gzip, either for speed or for size. Thread-safe. */
public final class Gzip {
    private static final int BUFFER_BYTES = 512;

    private Gzip() {}

    /** Compresses bytes that are sent once, at the fastest level. */
    public static byte[] fast(byte[] bytes) {
        return compress(bytes, Deflater.BEST_SPEED);
    }

    /** Compresses bytes that are sent many times, at the default level. */
    public static byte[] small(byte[] bytes) {
        return compress(bytes, Deflater.DEFAULT_COMPRESSION);
    }

    private static byte[] compress(byte[] bytes, int level) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length / 4 + 32);
        try (OutputStream gzip = new Compressor(compressed, BUFFER_BYTES, level)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    /**
     * A stream that compresses at the fastest level.
     *
     * @param buffer size of the output buffer in bytes
     */
    public static OutputStream fast(OutputStream out, int buffer) throws IOException {
        return new Compressor(out, buffer, Deflater.BEST_SPEED);
    }

    private static final class Compressor extends GZIPOutputStream {
        Compressor(OutputStream out, int buffer, int level) throws IOException {
            super(out, buffer);
            def.setLevel(level);
        }
    }
}
