package io.variate.assignments.spool;

/** One record. Its arrays are not shared, and readers must not modify them. */
public final class Entry {
    private final long sequence;
    private final long time;
    private final byte[] key;
    private final byte[] value;

    Entry(long sequence, long time, byte[] key, byte[] value) {
        this.sequence = sequence;
        this.time = time;
        this.key = key;
        this.value = value;
    }

    /** Sequence number, consecutive over the lifetime of the spool. */
    public long sequence() {
        return sequence;
    }

    /** Time passed to the append, milliseconds since 1970 UTC. */
    public long time() {
        return time;
    }

    /** The key; may be empty. */
    public byte[] key() {
        return key;
    }

    /** The event. */
    public byte[] value() {
        return value;
    }

    /** Bytes of the record in its file. */
    int footprint() {
        return RecordLayout.footprint(key.length + value.length);
    }
}
