package io.variate.store;

import io.variate.rulesets.rows.Digest;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements on the tables of the ruleset. A single statement sees one state of the database, so all that a read returns
 * belongs to one revision.
 */
final class RulesetStatements {
    /**
     * $1 to $3 are number, history and digest of the served revision. The order by revision makes the planner use the index
     * even without statistics. The tables are not read for a revision whose changes are unknown.
     */
    static final String CHANGES = """
            with served as (
                select ruleset.*, log.digest as logged,
                    coalesce(history = $2 and pruned_to <= $1 and log.digest = $3, false) as known
                from variate.ruleset left join variate.revision_log log on log.number = $1)
            select history, revision, digest, pruned_to, logged,
                null::text as kind, null::text as project, null::text as key, null::bigint as position,
                null::text as definition
            from served
            union all
            (select null, null, null, null, null, kind, project, key, position, definition::text
            from variate.ruleset_row
            where revision > $1 and (select known from served)
            order by revision limit $4)
            union all
            (select null, null, null, null, null, kind, project, key, null, null
            from variate.removed_row
            where revision > $1 and (select known from served)
            order by revision limit $4)
            """;

    /** $1 to $3 are the key of the last row of the page before, or empty; the order is that of the primary key. */
    private static final String PAGE = """
            select history, revision, digest, pruned_to, null::bytea as logged,
                null::text as kind, null::text as project, null::text as key, null::bigint as position,
                null::text as definition
            from variate.ruleset
            union all
            (select null, null, null, null, null, kind, project, key, position, definition::text
            from variate.ruleset_row
            where (kind, project, key) > ($1, $2, $3)
            order by kind, project, key limit $4)
            """;

    /** A page takes a fraction of a second and a few megabytes. */
    static final int PAGE_ROWS = 4_000;

    /** Limits the size of a statement that writes. */
    private static final int MAX_CHUNK_CHARACTERS = 4 << 20;

    private static final int MAX_CHUNK_ROWS = 2_000;

    private static final String DELETE = """
            delete from variate.ruleset_row present
            using unnest($1::text[], $2::text[], $3::text[]) gone (kind, project, key)
            where present.kind = gone.kind and present.project = gone.project and present.key = gone.key
            """;

    private static final String UPSERT = """
            insert into variate.ruleset_row (kind, project, key, position, definition)
            select kind, project, key, position, definition::json
            from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
                changed (kind, project, key, position, definition)
            on conflict (kind, project, key)
            do update set position = excluded.position, definition = excluded.definition
            """;

    private static final Map<String, RowKind> KINDS = kinds();

    private RulesetStatements() {}

    /**
     * The changes since a revision.
     *
     * @param changes empty unless the served revision is an ancestor
     * @param complete whether these are all changes
     */
    record Changes(StoredState state, RowChanges changes, boolean complete) {}

    /** All rows, whose digest may differ from that of the state. */
    record All(StoredState state, RowSet rows) {}

    /** Reads the changes since a revision, up to a limit. */
    static Future<Changes> changes(Database database, SqlClient client, Revision served, int limit) {
        return client.preparedQuery(CHANGES)
                .execute(Tuple.of(served.number(), served.history(), buffer(served.digest()), limit + 1L))
                .compose(rows -> database.onWorker(() -> {
                    @Nullable StoredState state = null;
                    List<RowKey> removed = new ArrayList<>();
                    List<Row> changed = new ArrayList<>();
                    for (io.vertx.sqlclient.Row row : rows) {
                        if (row.getString("history") != null) {
                            state = state(row);
                        } else if (row.getLong("position") == null) {
                            removed.add(key(row));
                        } else {
                            changed.add(row(row));
                        }
                    }
                    return new Changes(
                            present(state), new RowChanges(removed, changed), removed.size() + changed.size() <= limit);
                }));
    }

    /** Reads all rows in one statement, or returns null if they do not fit one page. */
    static Future<@Nullable All> first(Database database, SqlClient client) {
        Pages pages = new Pages();
        return page(client, pages.last).compose(rows -> database.onWorker(() -> pages.add(rows) ? null : pages.all()));
    }

    /**
     * Reads all rows in pages. They belong to one revision if the transaction sees one state of the database.
     *
     * @param done called after each statement
     */
    static Future<All> all(Database database, SqlClient client, Runnable done) {
        return next(database, client, new Pages(), done);
    }

    private static Future<All> next(Database database, SqlClient client, Pages pages, Runnable done) {
        return page(client, pages.last)
                .compose(rows -> {
                    done.run();
                    return database.onWorker(() -> pages.add(rows));
                })
                .compose(more -> more ? next(database, client, pages, done) : database.onWorker(pages::all));
    }

    private static Future<io.vertx.sqlclient.RowSet<io.vertx.sqlclient.Row>> page(
            SqlClient client, @Nullable RowKey after) {
        return client.preparedQuery(PAGE)
                .execute(
                        after == null
                                ? Tuple.of("", "", "", (long) PAGE_ROWS)
                                : Tuple.of(after.kind().table(), after.project(), after.key(), (long) PAGE_ROWS));
    }

    /** Collects pages. Used by one thread at a time. */
    private static final class Pages {
        private final List<Row> found = new ArrayList<>();
        private @Nullable StoredState state;
        private @Nullable RowKey last;

        /** Adds a page, and returns whether another one follows. */
        boolean add(io.vertx.sqlclient.RowSet<io.vertx.sqlclient.Row> page) {
            int before = found.size();
            for (io.vertx.sqlclient.Row row : page) {
                if (row.getString("history") != null) {
                    state = state(row);
                } else {
                    found.add(row(row));
                    last = found.get(found.size() - 1).key();
                }
            }
            return found.size() - before == PAGE_ROWS;
        }

        All all() {
            return new All(present(state), RowSet.of(found));
        }
    }

    /** The number of rows. */
    static Future<Long> count(SqlClient client) {
        return client.query("select count(*) from variate.ruleset_row")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /**
     * Locks the ruleset against other writers until the end of the transaction, and returns its revision. Names a table of
     * the history, so that a schema without one is migrated before a write.
     */
    static Future<Revision> lock(SqlClient client) {
        return client.query("select history, revision, digest from variate.ruleset"
                        + " where not exists (select from variate.row_history where false) for update")
                .execute()
                .map(rows -> revision(rows.iterator().next()));
    }

    /**
     * Writes a difference. Removals come first, because a deployment may move between projects.
     *
     * @param done called after each statement
     */
    static Future<Void> write(SqlClient client, RowChanges changes, Runnable done) {
        return remove(client, changes.removed(), done).compose(removed -> upsert(client, changes.changed(), done));
    }

    private static Future<Void> remove(SqlClient client, List<RowKey> keys, Runnable done) {
        if (keys.isEmpty()) {
            return Future.succeededFuture();
        }
        int end = Math.min(keys.size(), MAX_CHUNK_ROWS);
        List<RowKey> chunk = keys.subList(0, end);
        return client.preparedQuery(DELETE)
                .execute(Tuple.of(kinds(chunk), projects(chunk), ownKeys(chunk)))
                .compose(deleted -> {
                    done.run();
                    return remove(client, keys.subList(end, keys.size()), done);
                });
    }

    private static Future<Void> upsert(SqlClient client, List<Row> rows, Runnable done) {
        if (rows.isEmpty()) {
            return Future.succeededFuture();
        }
        int end = chunk(rows);
        List<Row> chunk = rows.subList(0, end);
        List<RowKey> keys = chunk.stream().map(Row::key).toList();
        return client.preparedQuery(UPSERT)
                .execute(Tuple.of(
                        kinds(keys),
                        projects(keys),
                        ownKeys(keys),
                        chunk.stream().map(Row::position).toArray(Long[]::new),
                        chunk.stream().map(Row::definition).toArray(String[]::new)))
                .compose(written -> {
                    done.run();
                    return upsert(client, rows.subList(end, rows.size()), done);
                });
    }

    /** The number of rows to write with one statement, at least one. */
    private static int chunk(List<Row> rows) {
        int end = 1;
        long characters = rows.get(0).definition().length();
        while (end < Math.min(rows.size(), MAX_CHUNK_ROWS)) {
            characters += rows.get(end).definition().length();
            if (characters > MAX_CHUNK_CHARACTERS) {
                return end;
            }
            end++;
        }
        return end;
    }

    private static String[] kinds(List<RowKey> keys) {
        return keys.stream().map(key -> key.kind().table()).toArray(String[]::new);
    }

    private static String[] projects(List<RowKey> keys) {
        return keys.stream().map(RowKey::project).toArray(String[]::new);
    }

    private static String[] ownKeys(List<RowKey> keys) {
        return keys.stream().map(RowKey::key).toArray(String[]::new);
    }

    /** Takes the next revision. */
    static Future<Revision> advance(SqlClient client, Digest digest) {
        return client.preparedQuery(
                        "update variate.ruleset set revision = revision + 1, changed_at = now(), digest = $1"
                                + " returning history, revision, digest")
                .execute(Tuple.of(buffer(digest)))
                .map(rows -> revision(rows.iterator().next()));
    }

    /**
     * Takes a revision with the digest of the rows, which a trigger computes, unless the revision has changed. The wrong
     * digest keeps its revision, so that one revision never has two digests. All readers read everything.
     */
    static Future<Void> correctDigest(SqlClient client, Revision wrong) {
        return client.preparedQuery("update variate.ruleset set revision = revision + 1, changed_at = now(),"
                        + " pruned_to = revision + 1 where revision = $1 and digest = $2")
                .execute(Tuple.of(wrong.number(), buffer(wrong.digest())))
                .mapEmpty();
    }

    /** Continues another history, above all that was served in it. All readers read everything. */
    static Future<Revision> adopt(SqlClient client, Revision served) {
        return client.query("delete from variate.revision_log")
                .execute()
                .compose(done -> client.preparedQuery("update variate.ruleset set history = $1,"
                                + " revision = greatest(revision, $2) + 1, changed_at = now(),"
                                + " pruned_to = greatest(revision, $2) + 1 returning history, revision, digest")
                        .execute(Tuple.of(served.history(), served.number())))
                .map(rows -> revision(rows.iterator().next()));
    }

    private static StoredState state(io.vertx.sqlclient.Row row) {
        Buffer logged = row.getBuffer("logged");
        return new StoredState(
                revision(row), row.getLong("pruned_to"), logged == null ? null : Digest.ofBytes(logged.getBytes()));
    }

    private static StoredState present(@Nullable StoredState state) {
        if (state == null) {
            throw new IllegalStateException("the table variate.ruleset is empty");
        }
        return state;
    }

    private static Revision revision(io.vertx.sqlclient.Row row) {
        return new Revision(
                row.getString("history"),
                row.getLong("revision"),
                Digest.ofBytes(row.getBuffer("digest").getBytes()));
    }

    static Row row(io.vertx.sqlclient.Row row) {
        return new Row(key(row), row.getLong("position"), row.getString("definition"));
    }

    private static RowKey key(io.vertx.sqlclient.Row row) {
        RowKind kind = KINDS.get(row.getString("kind"));
        if (kind == null) {
            throw new IllegalStateException("unknown kind of row: " + row.getString("kind"));
        }
        return new RowKey(kind, row.getString("project"), row.getString("key"));
    }

    private static Buffer buffer(Digest digest) {
        return Buffer.buffer(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(digest.high())
                .putLong(digest.low())
                .array());
    }

    private static Map<String, RowKind> kinds() {
        Map<String, RowKind> kinds = new HashMap<>();
        for (RowKind kind : RowKind.values()) {
            kinds.put(kind.table(), kind);
        }
        return kinds;
    }
}
