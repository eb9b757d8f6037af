package io.variate.store;

import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Past revisions of the ruleset in PostgreSQL. The history starts with the revision that was current when the schema was
 * migrated to the release that added it.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond; a revision of many rows
 * is read in several steps, each of which may take as long.
 */
public final class RulesetHistory {
    private static final String REVISION = """
            select ruleset.history, ruleset.revision, kept.changed_at,
                (select min(number) from variate.revision_time) as earliest
            from variate.ruleset left join variate.revision_time kept on kept.number = $1
            """;

    private static final String REVISION_AT = """
            select latest.number, (select min(changed_at) from variate.revision_time) as earliest
            from variate.ruleset left join lateral (
                select number from variate.revision_time where changed_at <= $1
                order by changed_at desc, number desc limit 1) latest on true
            """;

    /** $2 to $4 are the key of the last row of the page before, or empty. */
    private static final String PRESENT = """
            select kind, project, key, position, definition::text as definition
            from variate.ruleset_row
            where revision <= $1 and (kind, project, key) > ($2, $3, $4)
            order by kind, project, key limit $5
            """;

    /** $2 to $6 are the primary key of the last row of the page before, or zeros and empty. */
    static final String REPLACED = """
            select until, since, kind, project, key, position, definition::text as definition
            from variate.row_history
            where until > $1 and since <= $1 and (until, since, kind, project, key) > ($2, $3, $4, $5, $6)
            order by until, since, kind, project, key limit $7
            """;

    private final Database database;

    /** Reads this database, which somebody else closes. */
    public RulesetHistory(Database database) {
        this.database = database;
    }

    /**
     * Reads the rows of a revision.
     *
     * @return fails with {@link UnknownRevisionException} if the revision does not exist or is older than the history
     */
    public Future<PastRows> at(long revision) {
        return database.withSchema(() -> database.readInSteps("load-past", (connection, done) -> connection
                .preparedQuery(REVISION)
                .execute(Tuple.of(revision))
                .compose(found -> {
                    done.run();
                    return read(connection, known(revision, found.iterator().next()), revision, done);
                })));
    }

    /**
     * The latest revision at some time, on the clock of the database.
     *
     * @return fails with {@link UnknownRevisionException} if the time is before the history
     */
    public Future<Long> revisionAt(Instant time) {
        return database.withSchema(() -> database.bounded("find-past", () -> database.pool()
                        .preparedQuery(REVISION_AT)
                        .execute(Tuple.of(OffsetDateTime.ofInstant(time, ZoneOffset.UTC)))))
                .map(found -> {
                    io.vertx.sqlclient.Row row = found.iterator().next();
                    Long number = row.getLong("number");
                    if (number == null) {
                        throw new UnknownRevisionException("the history starts at "
                                + row.getOffsetDateTime("earliest").toInstant());
                    }
                    return number;
                });
    }

    /**
     * A revision whose rows are known.
     *
     * @param history the history that its number belongs to
     */
    private record Known(String history, Instant changedAt) {}

    private static Known known(long revision, io.vertx.sqlclient.Row row) {
        OffsetDateTime changedAt = row.getOffsetDateTime("changed_at");
        if (changedAt == null) {
            throw new UnknownRevisionException("no revision " + revision + " is stored; known revisions are from "
                    + row.getLong("earliest") + " to " + row.getLong("revision"));
        }
        return new Known(row.getString("history"), changedAt.toInstant());
    }

    private Future<PastRows> read(SqlClient connection, Known known, long revision, Runnable done) {
        List<Row> rows = new ArrayList<>();
        return pages(
                        connection,
                        PRESENT,
                        Tuple.of(revision, "", "", "", size()),
                        last -> Tuple.of(
                                revision, last.getString("kind"), last.getString("project"), own(last), size()),
                        rows,
                        done)
                .compose(present -> pages(
                        connection,
                        REPLACED,
                        Tuple.of(revision, 0L, 0L, "", "", "", size()),
                        last -> Tuple.from(List.of(
                                revision,
                                last.getLong("until"),
                                last.getLong("since"),
                                last.getString("kind"),
                                last.getString("project"),
                                own(last),
                                size())),
                        rows,
                        done))
                .compose(complete -> database.onWorker(() ->
                        new PastRows(RulesetRows.of(known.history(), revision, RowSet.of(rows)), known.changedAt())));
    }

    private static String own(io.vertx.sqlclient.Row row) {
        return row.getString("key");
    }

    private static long size() {
        return RulesetStatements.PAGE_ROWS;
    }

    /**
     * Collects the rows of all pages of a statement.
     *
     * @param next the parameters of the page that follows some row
     */
    private Future<Void> pages(
            SqlClient connection,
            String statement,
            Tuple page,
            Function<io.vertx.sqlclient.Row, Tuple> next,
            List<Row> rows,
            Runnable done) {
        return connection
                .preparedQuery(statement)
                .execute(page)
                .compose(found -> {
                    done.run();
                    return database.onWorker(() -> add(found, rows));
                })
                .compose(last -> last == null
                        ? Future.succeededFuture()
                        : pages(connection, statement, next.apply(last), next, rows, done));
    }

    /** Adds a page, and returns its last row if another page may follow. */
    private static io.vertx.sqlclient.@Nullable Row add(
            io.vertx.sqlclient.RowSet<io.vertx.sqlclient.Row> page, List<Row> rows) {
        io.vertx.sqlclient.Row last = null;
        for (io.vertx.sqlclient.Row row : page) {
            rows.add(RulesetStatements.row(row));
            last = row;
        }
        return page.size() == RulesetStatements.PAGE_ROWS ? last : null;
    }
}
