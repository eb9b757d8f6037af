package io.variate.store;

import io.variate.store.SummaryIndex.Element;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The summaries of flags and experiments in PostgreSQL.
 *
 * <p>A list is read in two steps: its index in one statement, then summaries by id. So a list neither misses nor repeats a
 * flag that changes meanwhile, and a slow client holds no transaction. Thread-safe. Every future fails within the configured
 * timeout if the database does not respond.
 */
public final class SummaryStore {
    private static final String INDEX = """
            select r.id, r.version, r.kind in ('flag', 'experiment') as listed,
                case when s.version = r.version then octet_length(s.summary) else -1 end as bytes
            from variate.resource r left join variate.resource_summary s on s.resource = r.id
            where r.project = $1 and r.namespace = 'flag'
            order by r.modified_at desc, r.id desc
            """;

    private static final String PROJECT = """
            select exists (select from variate.resource where project = $1) as found,
                (select max(last_evaluated) from variate.flag_usage where project = $1) as last_evaluated,
                (select started_at from variate.usage_start) as started_at
            """;

    /** The limit makes the planner look up one row for each flag, also while it does not know how many there are. */
    private static final String PAGE = """
            select r.key, s.version, s.summary, r.created_at, r.created_by, r.modified_at, r.modified_by,
                coalesce(memberships.groups, array[]::bigint[]),
                usage.last_evaluated,
                case when row.key is not null then coalesce(
                    kept.changed_at, (select min(earliest.changed_at) from variate.revision_time earliest)) end
                    as changed_at
            from unnest($1::bigint[]) with ordinality wanted (id, place)
                join variate.resource r on r.id = wanted.id
                join variate.resource_summary s on s.resource = r.id
                left join (
                    select member.target, (array_agg(g.id order by g.id))[1:100] as groups
                    from variate.resource_reference member join variate.resource g on g.id = member.source
                    where member.target = any($1::bigint[]) and member.role = 'member' and not g.archived
                    group by member.target) memberships on memberships.target = r.id
                left join variate.flag_usage usage on usage.project = r.project and usage.key = r.key
                left join lateral (
                    select key, revision from variate.ruleset_row
                    where kind = 'flag' and project = $2 and key = r.key limit 1) row on true
                left join variate.revision_time kept on kept.number = row.revision
            where r.project = $2
            order by wanted.place
            """;

    /** Limits what a summary of missing ones has to parse. */
    private static final long MOST_BYTES_TO_SUMMARIZE = 1 << 20;

    private static final int MOST_TO_SUMMARIZE = 500;

    private final Database database;

    /** Reads and writes this database. */
    public SummaryStore(Database database) {
        this.database = database;
    }

    /** The flags and experiments of a project, archived ones too. */
    public Future<SummaryIndex> index(String project) {
        return database.withSchema(() -> database.bounded("manage-summaries", () -> database.pool()
                .preparedQuery(INDEX)
                .execute(Tuple.of(project))
                .compose(rows -> database.pool()
                        .preparedQuery(PROJECT)
                        .execute(Tuple.of(project))
                        .map(found -> index(rows, found.iterator().next())))));
    }

    private static SummaryIndex index(RowSet<Row> rows, Row project) {
        List<Element> elements = new ArrayList<>();
        long fingerprint = 1;
        for (Row row : rows) {
            fingerprint = 31 * (31 * fingerprint + row.getLong(0)) + row.getLong(1);
            if (row.getBoolean(2)) {
                elements.add(new Element(row.getLong(0), row.getInteger(3)));
            }
        }
        return new SummaryIndex(
                project.getBoolean(0),
                elements,
                fingerprint,
                instant(project, 1),
                project.getOffsetDateTime(2).toInstant());
    }

    /** The summaries with some ids, in their order. Those that no longer exist, or have no summary yet, are missing. */
    public Future<List<SummarizedFlag>> page(String project, List<Long> ids) {
        return database.withSchema(() -> database.bounded("manage-summaries", () -> database.pool()
                .preparedQuery(PAGE)
                .execute(Tuple.of(ids.toArray(Long[]::new), project))
                .map(rows -> {
                    List<SummarizedFlag> flags = new ArrayList<>(ids.size());
                    rows.forEach(row -> flags.add(flag(row)));
                    return flags;
                })));
    }

    private static SummarizedFlag flag(Row row) {
        return new SummarizedFlag(
                row.getString(0),
                row.getLong(1),
                row.getString(2),
                row.getOffsetDateTime(3).toInstant(),
                row.getString(4),
                row.getOffsetDateTime(5).toInstant(),
                row.getString(6),
                List.of(row.getArrayOfLongs(7)),
                instant(row, 8),
                instant(row, 9));
    }

    private static @Nullable Instant instant(Row row, int column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }

    /**
     * Flags and experiments whose summary is missing, in the order of their ids: at most 500 with together 1 MiB, but at
     * least one if there is any.
     *
     * @param after the id that all are above
     */
    public Future<List<StoredResource>> missing(String project, long after) {
        return database.withSchema(() -> database.bounded(
                "manage-summaries",
                () -> ResourceStatements.withoutSummary(
                        database.pool(), project, after, MOST_TO_SUMMARIZE, MOST_BYTES_TO_SUMMARIZE)));
    }

    /** Adds summaries of present versions; others are ignored. */
    public Future<Void> add(List<StoredSummary> summaries) {
        return database.withSchema(() -> database.boundedWrite(
                "manage-summaries", () -> ResourceStatements.addSummaries(database.pool(), summaries, () -> {})));
    }
}
