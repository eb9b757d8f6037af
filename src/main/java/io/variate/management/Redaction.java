package io.variate.management;

import io.variate.management.comparison.FieldChange;
import io.variate.management.model.ResourceKind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Removes credentials and long lists of members from differences, which everybody with access to the audit reads. */
final class Redaction {
    private static final Set<String> CREDENTIALS = Set.of("apiKey", "secretKey");
    private static final String MEMBERS = "memberIds";

    private Redaction() {}

    /** The changed fields of a resource. */
    static List<FieldChange> definition(ResourceKind kind, List<FieldChange> changes) {
        return changes.stream().map(change -> redacted(kind, change)).toList();
    }

    /** The changed fields of a row. */
    static List<FieldChange> compiled(ResourceKind kind, List<FieldChange> changes) {
        return definition(kind, changes);
    }

    private static FieldChange redacted(ResourceKind kind, FieldChange change) {
        return switch (kind) {
            case DEPLOYMENT ->
                change.path().equals("key") || change.path().startsWith("previousKey") ? change.masked() : change;
            case PROJECT ->
                change.path().startsWith("settings") || CREDENTIALS.contains(change.path()) ? change.masked() : change;
            case COHORT ->
                change.path().equals("definition") || change.path().endsWith(MEMBERS)
                        ? new FieldChange(change.path(), size(change.before()), size(change.after()))
                        : change;
            default -> change;
        };
    }

    private static @Nullable Object size(@Nullable Object value) {
        Object members = value instanceof Map<?, ?> cohort ? cohort.get(MEMBERS) : value;
        return members instanceof Collection<?> list ? list.size() + " members" : value == null ? null : "changed";
    }
}
