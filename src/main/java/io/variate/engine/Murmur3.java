package io.variate.engine;

import java.nio.charset.StandardCharsets;

/**
 * The 32-bit hash {@code murmur3_x86_32} with seed 0 over UTF-8, in which a lone surrogate counts as {@code ?}. Results
 * are unsigned.
 *
 * <p>An instance holds the state after a prefix, so that a salt is hashed once rather than once per user. Immutable.
 */
final class Murmur3 {

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

    /** Returns the hash of a text. */
    static int hash(String text) {
        return START.hashWith(text);
    }

    /** Returns the state after a prefix, which must not end in the middle of a surrogate pair. */
    static Murmur3 after(String prefix) {
        return START.plus(prefix.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the hash of the prefix followed by the rest. */
    int hashWith(String rest) {
        int h = hash;
        int k = block;
        int size = rest.length();
        // The bits of all characters combined: if none is above the seventh, each character is one byte.
        int combined = 0;
        int i = 0;
        for (int bits = blockBits; bits > 0 && bits < 32 && i < size; bits += 8) {
            char c = rest.charAt(i++);
            combined |= c;
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
            combined |= a | b | c | d;
            h = mix(h, a | b << 8 | c << 16 | d << 24);
        }
        for (int bits = 0; i < size; bits += 8) {
            char c = rest.charAt(i++);
            combined |= c;
            k |= c << bits;
        }
        return combined < 0x80 ? finish(h, k, length + size) : hashOfBytes(rest);
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
