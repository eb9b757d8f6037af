package io.variate.rulesets.rows;

/** Encoded rows are damaged, or a later version of Variate has written them. */
public final class UnreadableRowsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean unknownVersion;

    private UnreadableRowsException(String message, boolean unknownVersion) {
        super(message);
        this.unknownVersion = unknownVersion;
    }

    /** The bytes are damaged. */
    public static UnreadableRowsException malformed(String reason) {
        return new UnreadableRowsException("malformed rows: " + reason, false);
    }

    static UnreadableRowsException unknownVersion(int version) {
        return new UnreadableRowsException("rows have the unknown format version " + version, true);
    }

    /** Whether the rows have a version that this one does not know. */
    public boolean isUnknownVersion() {
        return unknownVersion;
    }
}
