package io.variate.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the primitives of Hazelcast's serialization format out of a packet, and allocates nothing for what is merely
 * announced: a length or a count is checked against the bytes that are there. Big-endian, as Hazelcast writes.
 */
final class PacketReader {
    private static final int IDENTIFIED = 1;
    private static final int VERSIONED = 2;
    private static final int VERSION_BYTES = 2;

    /** Hazelcast's type id of null. */
    private static final int NULL = 0;

    /** Hazelcast's type id of objects that are found by two numbers, not by the name of a class. */
    private static final int DATA_SERIALIZABLE = -2;

    private final ByteBuffer in;

    PacketReader(byte[] payload) {
        this.in = ByteBuffer.wrap(payload);
    }

    /** Skips the partition hash, which only the outermost object has. */
    PacketReader partitionHash() throws ForeignPacketException {
        return skip(Integer.BYTES);
    }

    /**
     * What an object is.
     *
     * @param factory id of the factory that makes it
     * @param id of its class, for that factory
     */
    record Kind(int factory, int id) {}

    /** Reads the start of an object. */
    Kind kind() throws ForeignPacketException {
        int type = number();
        if (type != DATA_SERIALIZABLE) {
            throw new ForeignPacketException("object of serializer=" + type);
        }
        byte header = octet();
        if ((header & IDENTIFIED) == 0) {
            throw new ForeignPacketException("object found by the name of its class");
        }
        int factory = number();
        int id = number();
        if ((header & VERSIONED) != 0) {
            skip(VERSION_BYTES);
        }
        return new Kind(factory, id);
    }

    /** Reads the start of an object of one kind. */
    PacketReader expect(Kind expected) throws ForeignPacketException {
        Kind found = kind();
        if (!found.equals(expected)) {
            throw new ForeignPacketException(found + " in place of " + expected);
        }
        return this;
    }

    /** Whether the next object is null, which is read then. */
    boolean isNull() throws ForeignPacketException {
        need(Integer.BYTES);
        if (in.getInt(in.position()) != NULL) {
            return false;
        }
        in.getInt();
        return true;
    }

    byte octet() throws ForeignPacketException {
        need(Byte.BYTES);
        return in.get();
    }

    boolean flag() throws ForeignPacketException {
        byte value = octet();
        if (value != 0 && value != 1) {
            throw new ForeignPacketException("flag of " + value);
        }
        return value == 1;
    }

    short half() throws ForeignPacketException {
        need(Short.BYTES);
        return in.getShort();
    }

    int number() throws ForeignPacketException {
        need(Integer.BYTES);
        return in.getInt();
    }

    long large() throws ForeignPacketException {
        need(Long.BYTES);
        return in.getLong();
    }

    /** Reads how many things follow, each of one byte or more. */
    int count() throws ForeignPacketException {
        int count = number();
        if (count < 0) {
            throw new ForeignPacketException("count of " + count);
        }
        need(count);
        return count;
    }

    @Nullable
    String text() throws ForeignPacketException {
        int length = number();
        if (length == -1) {
            return null;
        }
        if (length < 0) {
            throw new ForeignPacketException("text of length=" + length);
        }
        need(length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Nullable
    UUID uuid() throws ForeignPacketException {
        if (flag()) {
            return null;
        }
        need(2 * Long.BYTES);
        return new UUID(in.getLong(), in.getLong());
    }

    PacketReader skip(int bytes) throws ForeignPacketException {
        need(bytes);
        in.position(in.position() + bytes);
        return this;
    }

    /** Ends the reading: nothing may follow. */
    void end() throws ForeignPacketException {
        if (in.hasRemaining()) {
            throw new ForeignPacketException(in.remaining() + " bytes too many");
        }
    }

    private void need(int bytes) throws ForeignPacketException {
        if (in.remaining() < bytes) {
            throw new ForeignPacketException("cut off");
        }
    }
}
