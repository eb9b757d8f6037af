package io.variate.store;

import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A selection of audit entries; null stands for any.
 *
 * @param projects keys of projects; the empty key stands for the project without a name
 * @param resource the id of a resource
 * @param from the earliest time
 * @param to the time that all entries are before
 */
public record AuditQuery(
        @Nullable Collection<String> projects,
        @Nullable Long resource,
        @Nullable String actor,
        @Nullable String action,
        @Nullable Instant from,
        @Nullable Instant to) {
    /** All entries. */
    public static final AuditQuery ALL = new AuditQuery(null, null, null, null, null, null);

    /** The same selection among some projects, or among all. */
    public AuditQuery withProjects(@Nullable Collection<String> changed) {
        return new AuditQuery(changed, resource, actor, action, from, to);
    }
}
