package io.variate.rulesets;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.variate.gzip.Crc;
import io.variate.gzip.GzipParts;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Flags as a JSON array, encoded in chunks. An array takes the chunks whose flags have not changed from an earlier array, so
 * a change of one flag encodes one chunk and compresses two: that chunk and the next, which refers to it. The buffers of arrays
 * share the memory of chunks.
 *
 * <p>The content decides where a chunk ends: the key and length of its last flag. So an insertion changes the chunks around
 * it, and not all that follow. Source: content-defined chunking, as in LBFS (Muthitacharoen et al., 2001).
 *
 * <p>Observably immutable and thread-safe.
 */
final class FlagArray {
    private static final byte[] EVENT_START = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT_END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = {']'};
    private static final byte[] EMPTY = {'[', ']'};

    /** Linux writes at most 1024 buffers in one system call; Netty copies the bytes if there are more. */
    private static final int MAX_PARTS = 1000;

    private final FlagChunk.Memory memory;
    private final List<FlagChunk> chunks;

    /** The end of the array, and all of an array without flags. */
    private final ByteBuffer end;

    private final Buffer event;
    private final Buffer json;
    private final long hash;
    private volatile @Nullable Buffer gzip;

    private FlagArray(List<FlagChunk> chunks, FlagChunk.Memory memory) {
        this.memory = memory;
        this.chunks = List.copyOf(chunks);
        this.end = ByteBuffer.wrap(chunks.isEmpty() ? EMPTY : END).asReadOnlyBuffer();
        List<ByteBuf> parts = new ArrayList<>();
        parts.add(memory.hold(ByteBuffer.wrap(EVENT_START)));
        chunks.forEach(chunk -> parts.add(chunk.json()));
        parts.add(memory.hold(end.duplicate()));
        parts.add(memory.hold(ByteBuffer.wrap(EVENT_END)));
        event = joined(parts);
        json = event.slice(EVENT_START.length, event.length() - EVENT_END.length);
        hash = eventCrc(Crc.Polynomial.CRC32) << Integer.SIZE | eventCrc(Crc.Polynomial.CRC32C);
    }

    /**
     * Encodes flags.
     *
     * @param earlier an array that may have some of these flags, or null
     * @return the earlier array if it has the same flags
     */
    static FlagArray of(List<ServedFlag> flags, @Nullable FlagArray earlier, FlagChunk.Memory memory) {
        List<FlagChunk> chunks = new Chunker(earlier, memory).split(flags);
        return earlier != null && ServedFlags.areSame(chunks, earlier.chunks) ? earlier : new FlagArray(chunks, memory);
    }

    /** The chunks in order, for tests. */
    List<FlagChunk> chunks() {
        return chunks;
    }

    /** The array in UTF-8. */
    Buffer json() {
        return json;
    }

    /** The array as an unnamed server-sent event. */
    Buffer event() {
        return event;
    }

    /** A hash of the content, equal however the array came about. */
    long hash() {
        return hash;
    }

    boolean isCompressed() {
        return gzip != null;
    }

    /** The array as one gzip member. The first call compresses the chunks that no earlier array has compressed. */
    Buffer gzip() {
        Buffer present = gzip;
        return present == null ? compress() : present;
    }

    private synchronized Buffer compress() {
        Buffer present = gzip;
        if (present == null) {
            List<ByteBuf> parts = new ArrayList<>();
            parts.add(memory.hold(ByteBuffer.wrap(GzipParts.header())));
            ByteBuf before = Unpooled.EMPTY_BUFFER;
            for (FlagChunk chunk : chunks) {
                parts.add(chunk.compressed(before));
                before = chunk.json();
            }
            parts.add(memory.hold(ByteBuffer.wrap(GzipParts.piece(before.nioBuffer(), end))));
            Crc crc = bodyCrc(Crc.Polynomial.CRC32, Crc.of(Crc.Polynomial.CRC32, ByteBuffer.allocate(0)));
            parts.add(memory.hold(ByteBuffer.wrap(GzipParts.trailer(crc, json.length()))));
            present = joined(parts);
            gzip = present;
        }
        return present;
    }

    /** The buffer of the parts, without a copy unless they are too many for one system call. */
    private Buffer joined(List<ByteBuf> parts) {
        ByteBuf all = Unpooled.wrappedBuffer(parts.toArray(ByteBuf[]::new));
        return BufferInternal.buffer(
                parts.size() <= MAX_PARTS ? Unpooled.unreleasableBuffer(all) : memory.hold(all.nioBuffer()));
    }

    private long eventCrc(Crc.Polynomial polynomial) {
        Crc start = Crc.of(polynomial, ByteBuffer.wrap(EVENT_START));
        Crc whole = bodyCrc(polynomial, start).then(Crc.of(polynomial, ByteBuffer.wrap(EVENT_END)));
        return Integer.toUnsignedLong(whole.value());
    }

    private Crc bodyCrc(Crc.Polynomial polynomial, Crc start) {
        Crc crc = start;
        for (FlagChunk chunk : chunks) {
            crc = crc.then(polynomial == Crc.Polynomial.CRC32 ? chunk.crc32() : chunk.crc32c());
        }
        return crc.then(Crc.of(polynomial, end));
    }

    /** Splits flags into chunks. Used once, by one thread. */
    private static final class Chunker {
        /** The distance of the farthest reference in compressed bytes, so one earlier chunk is enough to refer to. */
        private static final int MIN_BYTES = 32 * 1024;

        /** Bytes after the minimum at which a chunk ends on average. */
        private static final int MEAN_REST_BYTES = 16 * 1024;

        private static final int MAX_BYTES = 256 * 1024;

        private final IdentityHashMap<ServedFlag, FlagChunk> known = new IdentityHashMap<>();
        private final FlagChunk.Memory memory;
        private final List<FlagChunk> chunks = new ArrayList<>();

        Chunker(@Nullable FlagArray earlier, FlagChunk.Memory memory) {
            this.memory = memory;
            if (earlier != null) {
                earlier.chunks.forEach(chunk -> known.put(chunk.start(), chunk));
            }
        }

        List<FlagChunk> split(List<ServedFlag> flags) {
            List<byte @Nullable []> texts = new ArrayList<>();
            int start = 0;
            int bytes = 0;
            for (int i = 0; i < flags.size(); i++) {
                ServedFlag flag = flags.get(i);
                texts.add(flag.knownLength() == 0 ? flag.json() : null);
                bytes += flag.knownLength();
                if (i == flags.size() - 1 || endsChunk(flag, bytes)) {
                    chunks.add(chunk(flags.subList(start, i + 1), texts));
                    texts.clear();
                    start = i + 1;
                    bytes = 0;
                }
            }
            return chunks;
        }

        /** The probability that a flag ends a chunk is proportional to its length. */
        private static boolean endsChunk(ServedFlag flag, int bytes) {
            return bytes >= MAX_BYTES || (bytes >= MIN_BYTES && position(flag.key()) < flag.knownLength());
        }

        /** A place for each key, evenly distributed from 0 to the mean rest. */
        private static long position(String key) {
            return (Integer.toUnsignedLong(spread(key.hashCode())) * MEAN_REST_BYTES) >>> Integer.SIZE;
        }

        /** Spreads the hashes of similar keys evenly. Source: the finalizer of MurmurHash3. */
        private static int spread(int hash) {
            int spread = (hash ^ hash >>> 16) * 0x85ebca6b;
            spread = (spread ^ spread >>> 13) * 0xc2b2ae35;
            return spread ^ spread >>> 16;
        }

        /** @param texts for each flag its JSON, or null if it was not needed yet */
        private FlagChunk chunk(List<ServedFlag> flags, List<byte @Nullable []> texts) {
            FlagChunk same = known.get(flags.get(0));
            if (same != null && same.has(flags, chunks.isEmpty())) {
                return same;
            }
            List<byte[]> complete = new ArrayList<>();
            for (int i = 0; i < flags.size(); i++) {
                byte[] text = texts.get(i);
                complete.add(text == null ? flags.get(i).json() : text);
            }
            return new FlagChunk(flags, complete, chunks.isEmpty(), memory);
        }
    }
}
