package io.variate.it.attack;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one connection of an attacker sends. Used by one thread. */
@FunctionalInterface
interface Script {

    /** The next bytes, or null if the connection stays silent from now on. */
    @Nullable
    ByteBuffer next();

    /** Sends each part once, then nothing. Scripts may share parts, because each sends duplicates. */
    static Script once(ByteBuffer... parts) {
        Iterator<ByteBuffer> rest = Arrays.asList(parts).iterator();
        return () -> rest.hasNext() ? rest.next().duplicate() : null;
    }

    /** Sends a part repeatedly. */
    static Script forever(ByteBuffer part) {
        return part::duplicate;
    }

    /** Sends the first parts once, then others until the connection closes. */
    static Script then(List<ByteBuffer> first, Supplier<ByteBuffer> others) {
        Iterator<ByteBuffer> rest = first.iterator();
        return () -> rest.hasNext() ? rest.next().duplicate() : others.get();
    }

    /** Sends a part in pieces of the given size, then nothing. */
    static Script trickled(ByteBuffer part, int pieceBytes) {
        ByteBuffer rest = part.duplicate();
        return () -> {
            if (!rest.hasRemaining()) {
                return null;
            }
            ByteBuffer piece = rest.duplicate();
            piece.limit(Math.min(rest.limit(), rest.position() + pieceBytes));
            rest.position(piece.limit());
            return piece;
        };
    }
}
