package io.variate.rulesets;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.variate.gzip.Crc;
import io.variate.gzip.GzipParts;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive flags of an encoded array, each after its separator, with everything that the array needs of them. Successive
 * arrays share the chunks that have not changed.
 *
 * <p>Observably immutable and thread-safe; threads may race to compress a chunk, and the results are equal.
 */
final class FlagChunk {

    /** Where a chunk keeps its bytes. */
    enum Memory {
        /** For answers to one request. */
        HEAP,
        /** For answers that many requests share: sockets send it by reference. The garbage collector frees it. */
        DIRECT;

        ByteBuf hold(ByteBuffer bytes) {
            return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(
                    this == HEAP
                            ? bytes
                            : ByteBuffer.allocateDirect(bytes.remaining())
                                    .put(bytes)
                                    .flip()));
        }
    }

    private final List<ServedFlag> flags;
    private final boolean first;
    private final Memory memory;
    private final ByteBuf json;
    private final Crc crc32;
    private final Crc crc32c;
    private volatile @Nullable Compressed compressed;

    /**
     * Encodes flags.
     *
     * @param texts for each flag its JSON in UTF-8
     * @param first whether the array starts with this chunk
     */
    FlagChunk(List<ServedFlag> flags, List<byte[]> texts, boolean first, Memory memory) {
        this.flags = List.copyOf(flags);
        this.first = first;
        this.memory = memory;
        ByteBuffer bytes = ByteBuffer.allocate(
                texts.stream().mapToInt(text -> 1 + text.length).sum());
        for (byte[] text : texts) {
            bytes.put((byte) (first && bytes.position() == 0 ? '[' : ',')).put(text);
        }
        bytes.flip();
        this.crc32 = Crc.of(Crc.Polynomial.CRC32, bytes);
        this.crc32c = Crc.of(Crc.Polynomial.CRC32C, bytes);
        this.json = memory.hold(bytes);
    }

    /** The first flag; a chunk has at least one. */
    ServedFlag start() {
        return flags.get(0);
    }

    /** Whether a chunk of these flags at that place would be equal. */
    boolean has(List<ServedFlag> others, boolean atStart) {
        return first == atStart && ServedFlags.areSame(flags, others);
    }

    /** The flags in UTF-8, each after {@code [} or a comma. */
    ByteBuf json() {
        return json;
    }

    Crc crc32() {
        return crc32;
    }

    Crc crc32c() {
        return crc32c;
    }

    /**
     * {@link #json} as a {@linkplain GzipParts#piece piece} of a gzip member, compressed by the first call and whenever other
     * bytes are before it.
     *
     * @param before the end of the preceding chunk, or nothing
     */
    @SuppressWarnings("ReferenceEquality")
    ByteBuf compressed(ByteBuf before) {
        Compressed present = compressed;
        if (present == null || present.before != before) {
            byte[] piece = GzipParts.piece(before.nioBuffer(), json.nioBuffer());
            present = new Compressed(before, memory.hold(ByteBuffer.wrap(piece)));
            compressed = present;
        }
        return present.piece;
    }

    /** Refers to the memory before it, and not to its chunk, which would in turn refer to earlier chunks. */
    private record Compressed(ByteBuf before, ByteBuf piece) {}
}
