package io.variate.management;

import io.variate.management.comparison.FieldChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Somebody else changed the same fields differently: 412 {@code version_conflict}. */
public final class VersionConflictException extends RejectedWriteException {
    private static final long serialVersionUID = 1;

    private final long current;
    private final transient List<FieldChange> theirs;
    private final transient List<FieldChange> ours;

    VersionConflictException(String message, long current, List<FieldChange> theirs, List<FieldChange> ours) {
        this(message, current, theirs, ours, null);
    }

    private VersionConflictException(
            String message, long current, List<FieldChange> theirs, List<FieldChange> ours, @Nullable String path) {
        super(412, "version_conflict", message, path);
        this.current = current;
        this.theirs = List.copyOf(theirs);
        this.ours = List.copyOf(ours);
    }

    @Override
    VersionConflictException at(String otherPath) {
        return new VersionConflictException(String.valueOf(getMessage()), current, theirs, ours, otherPath);
    }

    /** The current version. */
    public long current() {
        return current;
    }

    /** What changed since the base version; empty if that version never existed. */
    public List<FieldChange> theirs() {
        return theirs;
    }

    /** What this write would change in the base version; empty if that version never existed. */
    public List<FieldChange> ours() {
        return ours;
    }
}
