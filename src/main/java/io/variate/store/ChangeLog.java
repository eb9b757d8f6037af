package io.variate.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The audit entries in the order of their numbers, and a notification of each. Writers lock the ruleset before they add an
 * entry, so no entry appears below one that a reader has seen.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond.
 */
public final class ChangeLog {
    private static final String AFTER = """
            select number, created_at, actor, action, kind, resource, project, label, version, revision
            from variate.audit_entry
            where number > $1 and ($2::text[] is null or project = any($2))
            order by number limit $3
            """;

    private final Database database;

    /** Reads this database. */
    public ChangeLog(Database database) {
        this.database = database;
    }

    /** The number of the latest entry; 0 if there is none. */
    public Future<Long> latest() {
        return database.withSchema(() -> database.bounded("latest-change", () -> database.pool()
                .query("select coalesce(max(number), 0) from variate.audit_entry")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0))));
    }

    /**
     * The entries after a number, oldest first.
     *
     * @param projects keys of projects; null for all
     * @param limit of their count
     */
    public Future<List<StoredChange>> after(long number, @Nullable Collection<String> projects, int limit) {
        Tuple parameters = Tuple.tuple()
                .addLong(number)
                .addArrayOfString(projects == null ? null : projects.toArray(String[]::new))
                .addInteger(limit);
        return database.withSchema(() -> database.bounded(
                "changes",
                () -> database.pool().preparedQuery(AFTER).execute(parameters).map(rows -> {
                    List<StoredChange> changes = new ArrayList<>(rows.size());
                    rows.forEach(row -> changes.add(change(row)));
                    return changes;
                })));
    }

    /** Creates a listener for commits that add entries. */
    public ChangeListener listener(Runnable onChange) {
        return database.listener("variate_audit", onChange);
    }

    private static StoredChange change(Row row) {
        return new StoredChange(
                row.getLong("number"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getString("actor"),
                row.getString("action"),
                row.getString("kind"),
                row.getLong("resource"),
                row.getString("project"),
                row.getString("label"),
                row.getLong("version"),
                row.getLong("revision"));
    }
}
