package io.variate.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Uploaded cohorts in PostgreSQL, the source of truth of a cluster.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond.
 */
public final class CohortStore {
    /** Stands for the upload of a cohort that does not exist. */
    public static final long ABSENT = 0;

    private static final String COLUMNS = "id, group_type, last_modified, size, bytes, checksum, upload";

    private final Database database;

    /** Reads and writes this database. */
    public CohortStore(Database database) {
        this.database = database;
    }

    /** Migrates the schema. Several nodes may do so concurrently. */
    public Future<Void> migrate() {
        return database.migrate();
    }

    /**
     * A version of the present content, which differs from every other content, even if that had the same revision before
     * the database was restored.
     */
    public Future<String> version() {
        return database.withSchema(() -> database.bounded("cohort-version", () -> database.pool()
                .query("select revision || ' ' || coalesce((select md5(string_agg(md5(row(" + COLUMNS
                        + ")::text), '' order by id)) from variate.uploaded_cohort), '') from variate.cohort_state")
                .execute()
                .map(rows -> rows.iterator().next().getString(0))));
    }

    /** All cohorts of one revision. */
    public Future<StoredCohorts> load() {
        return database.bounded("cohorts", () -> database.pool()
                .query("select revision, " + COLUMNS
                        + " from variate.cohort_state left join variate.uploaded_cohort on true" + " order by id")
                .execute()
                .map(rows -> {
                    long revision = 0;
                    List<StoredCohort> cohorts = new ArrayList<>();
                    for (Row row : rows) {
                        revision = row.getLong("revision");
                        if (row.getString("id") != null) {
                            cohorts.add(cohort(row));
                        }
                    }
                    return new StoredCohorts(revision, cohorts);
                }));
    }

    /**
     * Reads a piece of the members of an upload.
     *
     * @param number of the piece, from 0
     * @return fails if the piece does not exist, for example because the cohort was replaced in the meantime
     */
    public Future<Buffer> chunk(long upload, int number) {
        return database.bounded("cohort-chunk", () -> database.pool()
                .preparedQuery("select members from variate.cohort_chunk where upload = $1 and number = $2")
                .execute(Tuple.of(upload, number))
                .compose(rows -> rows.size() == 0
                        ? Future.failedFuture("piece " + number + " of upload " + upload + " does not exist")
                        : Future.succeededFuture(rows.iterator().next().getBuffer(0))));
    }

    /** The head of a cohort, or null if it was not uploaded. */
    public Future<@Nullable StoredCohort> find(String id) {
        return database.withSchema(() -> database.bounded("cohort-head", () -> head(database.pool(), id)));
    }

    /** What is noted about all uploaded cohorts, and about those of the ruleset document, in no particular order. */
    public Future<List<CohortDetails>> details() {
        return database.withSchema(
                () -> database.bounded("cohort-details", () -> CohortStatements.details(database.pool())));
    }

    /** The newest versions of an uploaded cohort, newest first, at most 1,000. */
    public Future<List<CohortVersion>> versions(String id) {
        return database.withSchema(
                () -> database.bounded("cohort-versions", () -> CohortStatements.versions(database.pool(), id)));
    }

    /**
     * Creates or replaces a cohort in one transaction on a dedicated connection. A failure changes nothing. The write timeout
     * applies to each step: the transaction may take long, but fails without progress.
     *
     * @param cohort its {@code lastModified} is a lower bound, and its {@code upload} is ignored
     * @param chunks reads a piece of the list of members by its number; called once per piece, in order
     * @param count number of pieces
     * @param expectedUpload the {@code upload} of the present cohort that the new one derives from, or null for any;
     *     {@link #ABSENT} if there must be none
     * @return the cohort as stored, with a {@code lastModified} greater than any before; fails with {@link
     *     CohortConflictException} if another cohort or version is present than expected
     */
    public Future<StoredCohort> replace(
            StoredCohort cohort,
            IntFunction<Future<Buffer>> chunks,
            int count,
            @Nullable Long expectedUpload,
            CohortChange change) {
        return database.transaction("replace-cohort", connection -> step(connection
                        .query("select nextval('variate.cohort_upload')")
                        .execute())
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(upload -> insert(connection, upload, chunks, count)
                        .compose(done -> locked(connection, cohort.id()))
                        .compose(before -> isExpected(before, expectedUpload)
                                ? replace(connection, before, cohort, upload, change)
                                : Future.failedFuture(
                                        new CohortConflictException("the members have changed meanwhile", -1)))));
    }

    private Future<StoredCohort> replace(
            SqlConnection connection,
            @Nullable StoredCohort before,
            StoredCohort cohort,
            long upload,
            CohortChange change) {
        return nextRevision(connection, cohort.lastModified())
                .compose(revision -> remove(connection, cohort.id())
                        .compose(existed -> step(connection
                                .preparedQuery("insert into variate.uploaded_cohort (" + COLUMNS
                                        + ") values ($1, $2, $3, $4, $5, $6, $7) returning " + COLUMNS)
                                .execute(Tuple.of(
                                        cohort.id(),
                                        cohort.groupType(),
                                        revision,
                                        cohort.size(),
                                        cohort.bytes(),
                                        cohort.checksum(),
                                        upload)))))
                .map(rows -> cohort(rows.iterator().next()))
                .compose(stored -> step(CohortStatements.record(connection, cohort.id(), before, stored, change))
                        .map(stored));
    }

    private static boolean isExpected(@Nullable StoredCohort present, @Nullable Long expectedUpload) {
        return expectedUpload == null || expectedUpload == (present == null ? ABSENT : present.upload());
    }

    /**
     * Changes the name and the description of an uploaded cohort.
     *
     * @return whether the cohort exists; fails with {@link CohortConflictException} if another version is present than
     *     expected
     */
    public Future<Boolean> describe(String id, CohortChange change) {
        return database.transaction("describe-cohort", connection -> locked(connection, id)
                .compose(present -> present == null
                        ? Future.succeededFuture(false)
                        : step(CohortStatements.record(connection, id, present, present, change))
                                .map(true)));
    }

    /**
     * Deletes a cohort.
     *
     * @param atLeast lower bound of the revision of the deletion
     * @return whether the cohort existed; fails with {@link CohortConflictException} if another version is present than
     *     expected
     */
    public Future<Boolean> delete(String id, long atLeast, CohortChange change) {
        return database.transaction("delete-cohort", connection -> locked(connection, id)
                .compose(present -> nextRevision(connection, atLeast)
                        .compose(revision -> remove(connection, id))
                        .compose(existed -> present == null
                                ? Future.succeededFuture(existed)
                                : step(CohortStatements.record(connection, id, present, null, change))
                                        .map(existed))));
    }

    /** Locks the ruleset, then the cohorts, in the order of all writers, and returns the present cohort. */
    private Future<@Nullable StoredCohort> locked(SqlConnection connection, String id) {
        return step(CohortStatements.lockRuleset(connection))
                .compose(locked -> step(connection
                        .query("select revision from variate.cohort_state for update")
                        .execute()))
                .compose(locked -> step(head(connection, id)));
    }

    private static Future<@Nullable StoredCohort> head(SqlClient client, String id) {
        return client.preparedQuery("select " + COLUMNS + " from variate.uploaded_cohort where id = $1")
                .execute(Tuple.of(id))
                .map(rows -> rows.size() == 0 ? null : cohort(rows.iterator().next()));
    }

    /** Creates a listener for commits that change the revision. */
    public ChangeListener listener(Runnable onChange) {
        return database.listener("variate_cohorts", onChange);
    }

    private Future<Void> insert(SqlConnection connection, long upload, IntFunction<Future<Buffer>> chunks, int count) {
        Promise<Void> inserted = Promise.promise();
        insert(connection, upload, chunks, 0, count, inserted);
        return inserted.future();
    }

    private void insert(
            SqlConnection connection,
            long upload,
            IntFunction<Future<Buffer>> chunks,
            int number,
            int count,
            Promise<Void> inserted) {
        if (number == count) {
            inserted.complete();
            return;
        }
        chunks.apply(number)
                .compose(chunk -> step(connection
                        .preparedQuery("insert into variate.cohort_chunk (upload, number, members) values ($1, $2, $3)")
                        .execute(Tuple.of(upload, number, chunk))))
                .onSuccess(done -> insert(connection, upload, chunks, number + 1, count, inserted))
                .onFailure(inserted::fail);
    }

    /** Locks the row that every change updates first, so changes are serialized until they commit. */
    private Future<Long> nextRevision(SqlConnection connection, long atLeast) {
        return step(connection
                        .preparedQuery("update variate.cohort_state set revision = greatest(revision + 1, $1)"
                                + " returning revision")
                        .execute(Tuple.of(atLeast)))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private Future<Boolean> remove(SqlConnection connection, String id) {
        return step(connection
                        .preparedQuery("delete from variate.cohort_chunk using variate.uploaded_cohort known"
                                + " where known.id = $1 and cohort_chunk.upload = known.upload")
                        .execute(Tuple.of(id)))
                .compose(done -> step(connection
                        .preparedQuery("delete from variate.uploaded_cohort where id = $1")
                        .execute(Tuple.of(id))))
                .map(deleted -> deleted.rowCount() > 0);
    }

    private <T> Future<T> step(Future<T> query) {
        return database.inTimeOfAWrite(query);
    }

    private static StoredCohort cohort(Row row) {
        return new StoredCohort(
                row.getString("id"),
                row.getString("group_type"),
                row.getLong("last_modified"),
                row.getLong("size"),
                row.getLong("bytes"),
                row.getLong("checksum"),
                row.getLong("upload"));
    }
}
