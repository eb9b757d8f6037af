package io.variate.assignments.spool;

/** One record as it was appended. The arrays are its own and nobody else's; whoever reads them leaves them as they are. */
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

    /** Its number: one more than that of the record before it, in the life of the whole spool. */
    public long sequence() {
        return sequence;
    }

    /** What the appender gave as time, milliseconds since 1970 UTC. */
    public long time() {
        return time;
    }

    /** Empty if there is none. */
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
