package io.variate.engine;

import java.nio.charset.StandardCharsets;

/**
 * The 32-bit hash {@code murmur3_x86_32} with seed 0 over UTF-8, in which a lone surrogate counts as {@code ?}.
 * Results are to be read as unsigned.
 *
 * <p>An instance is the state after a prefix, so that a salt is hashed once and not once a user. Immutable.
 */
public final class Murmur3 {

    private static final Murmur3 START = new Murmur3(0, 0, 0, 0);

    private final int hash;
    private final int block;
    private final int blockBits;
    private final int length;

    private Murmur3(int hash, int block, int blockBits, int length) {
        this.hash = hash;
        this.block = block;
        this.blockBits = blockBits;
        this.length = length;
    }

    /** The hash of a whole text. */
    public static int hash(String text) {
        return START.hashWith(text);
    }

    /** The state after a prefix that does not end in the middle of a surrogate pair. */
    static Murmur3 after(String prefix) {
        return START.plus(prefix.getBytes(StandardCharsets.UTF_8));
    }

    /** The hash of the prefix followed by the rest. */
    int hashWith(String rest) {
        int h = hash;
        int k = block;
        int size = rest.length();
        // Bits beyond the seventh of any character: where there are none, characters are bytes.
        int beyond = 0;
        int i = 0;
        for (int bits = blockBits; bits > 0 && bits < 32 && i < size; bits += 8) {
            char c = rest.charAt(i++);
            beyond |= c;
            k |= c << bits;
            if (bits == 24) {
                h = mix(h, k);
                k = 0;
            }
        }
        for (; i + 4 <= size; i += 4) {
            char a = rest.charAt(i);
            char b = rest.charAt(i + 1);
            char c = rest.charAt(i + 2);
            char d = rest.charAt(i + 3);
            beyond |= a | b | c | d;
            h = mix(h, a | b << 8 | c << 16 | d << 24);
        }
        for (int bits = 0; i < size; bits += 8) {
            char c = rest.charAt(i++);
            beyond |= c;
            k |= c << bits;
        }
        return beyond < 0x80 ? finish(h, k, length + size) : hashOfBytes(rest);
    }

    private int hashOfBytes(String rest) {
        Murmur3 end = plus(rest.getBytes(StandardCharsets.UTF_8));
        return finish(end.hash, end.block, end.length);
    }

    private Murmur3 plus(byte[] bytes) {
        int h = hash;
        int k = block;
        int bits = blockBits;
        for (byte b : bytes) {
            k |= (b & 0xff) << bits;
            bits += 8;
            if (bits == 32) {
                h = mix(h, k);
                k = 0;
                bits = 0;
            }
        }
        return new Murmur3(h, k, bits, length + bytes.length);
    }

    private static int mix(int hash, int block) {
        return Integer.rotateLeft(hash ^ scramble(block), 13) * 5 + 0xe6546b64;
    }

    private static int scramble(int block) {
        return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
    }

    private static int finish(int hash, int tail, int length) {
        int h = hash ^ scramble(tail) ^ length;
        h = (h ^ h >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return h ^ h >>> 16;
    }
}
