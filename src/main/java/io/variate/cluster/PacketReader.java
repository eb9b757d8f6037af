package io.variate.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the primitives of Hazelcast's serialization format from a packet. Checks each announced length or count against the
 * remaining bytes before it allocates. Big-endian, like Hazelcast.
 */
final class PacketReader {
    private static final int IDENTIFIED = 1;
    private static final int VERSIONED = 2;
    private static final int VERSION_BYTES = 2;

    /** Hazelcast's type id of null. */
    private static final int NULL = 0;

    /** Hazelcast's type id of objects that are identified by two numbers instead of a class name. */
    private static final int DATA_SERIALIZABLE = -2;

    private final ByteBuffer in;

    PacketReader(byte[] payload) {
        this.in = ByteBuffer.wrap(payload);
    }

    /** Skips the partition hash, which only the outermost object has. */
    PacketReader partitionHash() throws InvalidPacketException {
        return skip(Integer.BYTES);
    }

    /**
     * The type of an object.
     *
     * @param factory id of the factory that creates it
     * @param id id of its class within the factory
     */
    record Kind(int factory, int id) {}

    /** Reads the start of an object. */
    Kind kind() throws InvalidPacketException {
        int type = int32();
        if (type != DATA_SERIALIZABLE) {
            throw new InvalidPacketException("object of serializer=" + type);
        }
        byte header = int8();
        if ((header & IDENTIFIED) == 0) {
            throw new InvalidPacketException("object identified by a class name");
        }
        int factory = int32();
        int id = int32();
        if ((header & VERSIONED) != 0) {
            skip(VERSION_BYTES);
        }
        return new Kind(factory, id);
    }

    /** Reads the start of an object, which must be of the given kind. */
    PacketReader expect(Kind expected) throws InvalidPacketException {
        Kind found = kind();
        if (!found.equals(expected)) {
            throw new InvalidPacketException(found + " instead of " + expected);
        }
        return this;
    }

    /** Reads a null object if it is next, and returns whether it was. */
    boolean isNull() throws InvalidPacketException {
        need(Integer.BYTES);
        if (in.getInt(in.position()) != NULL) {
            return false;
        }
        in.getInt();
        return true;
    }

    byte int8() throws InvalidPacketException {
        need(Byte.BYTES);
        return in.get();
    }

    boolean bool() throws InvalidPacketException {
        byte value = int8();
        if (value != 0 && value != 1) {
            throw new InvalidPacketException("flag of " + value);
        }
        return value == 1;
    }

    short int16() throws InvalidPacketException {
        need(Short.BYTES);
        return in.getShort();
    }

    int int32() throws InvalidPacketException {
        need(Integer.BYTES);
        return in.getInt();
    }

    long int64() throws InvalidPacketException {
        need(Long.BYTES);
        return in.getLong();
    }

    /** Reads the number of the elements that follow, each of at least one byte. */
    int count() throws InvalidPacketException {
        int count = int32();
        if (count < 0) {
            throw new InvalidPacketException("count of " + count);
        }
        need(count);
        return count;
    }

    @Nullable
    String text() throws InvalidPacketException {
        int length = int32();
        if (length == -1) {
            return null;
        }
        if (length < 0) {
            throw new InvalidPacketException("text of length=" + length);
        }
        need(length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Nullable
    UUID uuid() throws InvalidPacketException {
        if (bool()) {
            return null;
        }
        need(2 * Long.BYTES);
        return new UUID(in.getLong(), in.getLong());
    }

    PacketReader skip(int bytes) throws InvalidPacketException {
        need(bytes);
        in.position(in.position() + bytes);
        return this;
    }

    /** Rejects remaining bytes. */
    void end() throws InvalidPacketException {
        if (in.hasRemaining()) {
            throw new InvalidPacketException(in.remaining() + " trailing bytes");
        }
    }

    private void need(int bytes) throws InvalidPacketException {
        if (in.remaining() < bytes) {
            throw new InvalidPacketException("truncated");
        }
    }
}
