package io.variate.store;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The statements on the details and versions of uploaded cohorts. */
final class CohortStatements {
    private static final String DETAILS =
            "cohort, number, name, description, version, created_at, created_by, modified_at, modified_by";
    private static final String MOST_VERSIONS = "1000";

    private CohortStatements() {}

    /** Waits for other writers of rows and of the audit, whose entries are then committed in the order of their numbers. */
    static Future<Void> lockRuleset(SqlClient client) {
        return client.query("select 1 from variate.ruleset for update")
                .execute()
                .mapEmpty();
    }

    /** All uploaded cohorts, and those of the ruleset document. */
    static Future<List<CohortDetails>> details(SqlClient client) {
        return client.query(
                        "select " + DETAILS + " from variate.cohort_detail union all"
                                + " select id, number, name, description, version, created_at, created_by, modified_at, modified_by"
                                + " from (select case project when '' then key else project || chr(31) || key end as id,"
                                + " id as number, key as name, '' as description, version, created_at, created_by, modified_at,"
                                + " modified_by from variate.resource where kind = 'cohort' and not archived) written"
                                + " where not exists (select from variate.cohort_detail uploaded where uploaded.cohort = written.id)")
                .execute()
                .map(rows -> {
                    List<CohortDetails> found = new ArrayList<>();
                    rows.forEach(row -> found.add(details(row)));
                    return found;
                });
    }

    /** The newest versions of a cohort, newest first. */
    static Future<List<CohortVersion>> versions(SqlClient client, String cohort) {
        return client.preparedQuery("select v.version, v.name, v.description, v.group_type, v.size, v.checksum,"
                        + " v.created_at, v.created_by, v.door, v.reason from variate.cohort_version v"
                        + " join variate.cohort_detail d on d.number = v.number where d.cohort = $1"
                        + " order by v.version desc limit " + MOST_VERSIONS)
                .execute(Tuple.of(cohort))
                .map(rows -> {
                    List<CohortVersion> found = new ArrayList<>();
                    rows.forEach(row -> found.add(new CohortVersion(
                            row.getLong(0),
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getLong(4),
                            row.getLong(5),
                            row.getOffsetDateTime(6).toInstant(),
                            row.getString(7),
                            row.getString(8),
                            row.getString(9))));
                    return found;
                });
    }

    /** @param details null if the cohort has none */
    private record Present(OffsetDateTime now, @Nullable CohortDetails details) {}

    /** The time is that after the wait for the lock, so that later changes have later times. */
    private static Future<Present> present(SqlClient client, String cohort) {
        return client.preparedQuery("select " + DETAILS + ", clock_timestamp() as now"
                        + " from (select) one left join variate.cohort_detail on cohort = $1")
                .execute(Tuple.of(cohort))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Present(
                            row.getOffsetDateTime("now"), row.getString("cohort") == null ? null : details(row));
                });
    }

    /**
     * Records a change of a cohort whose lock is held.
     *
     * @param before null for a new cohort
     * @param after null for a deleted one
     * @return fails with {@link CohortConflictException} if the author has seen another version
     */
    static Future<Void> record(
            SqlClient client,
            String cohort,
            @Nullable StoredCohort before,
            @Nullable StoredCohort after,
            CohortChange change) {
        return present(client, cohort).compose(present -> {
            CohortDetails old = present.details();
            long version = old == null ? 0 : old.version();
            Long expected = change.expectedVersion();
            if (expected != null && expected != version) {
                return Future.failedFuture(new CohortConflictException(
                        "the cohort has version " + version + ", not " + expected, version));
            }
            if (after == null) {
                return delete(client, cohort)
                        .compose(deleted -> audit(
                                client,
                                present.now(),
                                "delete",
                                old == null ? 0 : old.number(),
                                version,
                                diff(before, null, old, null, null),
                                change));
            }
            String name = orElse(change.name(), old == null ? change.id() : old.name());
            String description = orElse(change.description(), old == null ? "" : old.description());
            return put(client, cohort, name, description, present.now(), change.actor())
                    .compose(number -> addVersion(
                                    client, number, version + 1, name, description, after, present.now(), change)
                            .compose(added -> audit(
                                    client,
                                    present.now(),
                                    before == null ? "create" : "edit",
                                    number,
                                    version + 1,
                                    diff(before, after, old, name, description),
                                    change)));
        });
    }

    private static String orElse(@Nullable String given, String otherwise) {
        return given == null ? otherwise : given;
    }

    private static Future<Void> delete(SqlClient client, String cohort) {
        return client.preparedQuery("delete from variate.cohort_detail where cohort = $1")
                .execute(Tuple.of(cohort))
                .mapEmpty();
    }

    /** Returns the number of the cohort. */
    private static Future<Long> put(
            SqlClient client, String cohort, String name, String description, OffsetDateTime now, String actor) {
        return client.preparedQuery("insert into variate.cohort_detail (cohort, name, description, version,"
                        + " created_at, created_by, modified_at, modified_by) values ($1, $2, $3, 1, $4, $5, $4, $5)"
                        + " on conflict (cohort) do update set name = excluded.name, description = excluded.description,"
                        + " version = cohort_detail.version + 1, modified_at = excluded.modified_at,"
                        + " modified_by = excluded.modified_by returning number")
                .execute(Tuple.of(cohort, name, description, now, actor))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static Future<Void> addVersion(
            SqlClient client,
            long number,
            long version,
            String name,
            String description,
            StoredCohort cohort,
            OffsetDateTime now,
            CohortChange change) {
        return client.preparedQuery(
                        "insert into variate.cohort_version (number, version, name, description, group_type,"
                                + " size, checksum, created_at, created_by, door, reason)"
                                + " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
                .execute(Tuple.tuple()
                        .addLong(number)
                        .addLong(version)
                        .addString(name)
                        .addString(description)
                        .addString(cohort.groupType())
                        .addLong(cohort.size())
                        .addLong(cohort.checksum())
                        .addOffsetDateTime(now)
                        .addString(change.actor())
                        .addString(change.door())
                        .addString(change.reason()))
                .mapEmpty();
    }

    private static Future<Void> audit(
            SqlClient client,
            OffsetDateTime now,
            String action,
            long number,
            long version,
            String diff,
            CohortChange change) {
        return client.preparedQuery(
                        "insert into variate.audit_entry (created_at, actor, door, reason, request_id, action,"
                                + " kind, resource, project, label, version, definition_diff, compiled_diff)"
                                + " values ($1, $2, $3, $4, $5, $6, 'cohort', $7, $8, $9, $10, ($11::text)::json, '[]')")
                .execute(Tuple.tuple()
                        .addOffsetDateTime(now)
                        .addString(change.actor())
                        .addString(change.door())
                        .addString(change.reason())
                        .addString(change.requestId())
                        .addString(action)
                        .addLong(number)
                        .addString(change.project())
                        .addString(change.id())
                        .addLong(version)
                        .addString(diff))
                .mapEmpty();
    }

    /** Members are large, so the audit has their number and checksum. */
    private static String diff(
            @Nullable StoredCohort before,
            @Nullable StoredCohort after,
            @Nullable CohortDetails old,
            @Nullable String name,
            @Nullable String description) {
        JsonArray changes = new JsonArray();
        add(changes, "name", old == null ? null : old.name(), name);
        add(changes, "description", old == null ? null : old.description(), description);
        add(changes, "groupType", before == null ? null : before.groupType(), after == null ? null : after.groupType());
        add(changes, "size", before == null ? null : before.size(), after == null ? null : after.size());
        add(changes, "digest", digest(before), digest(after));
        return changes.encode();
    }

    private static void add(JsonArray changes, String path, @Nullable Object before, @Nullable Object after) {
        if (!Objects.equals(before, after)) {
            JsonObject change = new JsonObject().put("path", path);
            if (before != null) {
                change.put("before", before);
            }
            if (after != null) {
                change.put("after", after);
            }
            changes.add(change);
        }
    }

    private static @Nullable String digest(@Nullable StoredCohort cohort) {
        return cohort == null ? null : String.format(Locale.ROOT, "%08x", cohort.checksum());
    }

    private static CohortDetails details(Row row) {
        return new CohortDetails(
                row.getString(0),
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                row.getOffsetDateTime(5).toInstant(),
                row.getString(6),
                row.getOffsetDateTime(7).toInstant(),
                row.getString(8));
    }
}
