package io.variate.hashing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * SipHash-1-3, a keyed hash of 64 bits: without the key, an attacker cannot construct inputs that collide. Two instances
 * with independent keys form a hash of 128 bits.
 *
 * <p>One round per word and three at the end, as in the hash tables of Rust and CPython: half the time of SipHash-2-4, and
 * enough where attackers see no hash values. Immutable; allocates nothing once the JIT compiler has compiled it.
 *
 * <p>Source: Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
 */
public final class SipHash {
    private static final int CHARS_PER_WORD = Long.BYTES / Character.BYTES;
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long k0;
    private final long k1;

    /** Uses a known key, given as the two halves that the paper calls k0 and k1. */
    SipHash(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    /** A hash with a secret key that exists only in this process, so its values must not be stored or sent. */
    public static SipHash withRandomKey() {
        SecureRandom random = new SecureRandom();
        return new SipHash(random.nextLong(), random.nextLong());
    }

    /** The hash of the first {@code length} bytes of an array. */
    public long hash(byte[] bytes, int length) {
        State state = new State(k0, k1);
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            state.absorb((long) WORDS.get(bytes, at));
        }
        long last = (long) length << 56;
        for (int shift = 0; at < length; at++, shift += Byte.SIZE) {
            last |= (bytes[at] & 0xffL) << shift;
        }
        return state.finish(last);
    }

    /** The hash of a text in UTF-16LE, which represents lone surrogates too. */
    public long hash(CharSequence text) {
        State state = new State(k0, k1);
        int length = text.length();
        int at = 0;
        for (; at + CHARS_PER_WORD <= length; at += CHARS_PER_WORD) {
            state.absorb(text.charAt(at)
                    | ((long) text.charAt(at + 1) << 16)
                    | ((long) text.charAt(at + 2) << 32)
                    | ((long) text.charAt(at + 3) << 48));
        }
        long last = ((long) length * Character.BYTES) << 56;
        for (int shift = 0; at < length; at++, shift += Character.SIZE) {
            last |= (long) text.charAt(at) << shift;
        }
        return state.finish(last);
    }

    /** The internal state, named as in the paper. It does not escape, so the JIT compiler keeps it in registers. */
    private static final class State {
        private long v0;
        private long v1;
        private long v2;
        private long v3;

        State(long k0, long k1) {
            v0 = k0 ^ 0x736f6d6570736575L;
            v1 = k1 ^ 0x646f72616e646f6dL;
            v2 = k0 ^ 0x6c7967656e657261L;
            v3 = k1 ^ 0x7465646279746573L;
        }

        void absorb(long word) {
            v3 ^= word;
            round();
            v0 ^= word;
        }

        long finish(long lastWord) {
            absorb(lastWord);
            v2 ^= 0xff;
            round();
            round();
            round();
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void round() {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
