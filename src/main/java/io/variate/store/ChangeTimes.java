package io.variate.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;

/**
 * When rows of the ruleset last changed.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond.
 */
public final class ChangeTimes {
    /** For a row that did not change since times are kept, the earliest of them. */
    private static final String FLAGS = """
            select flag.key, coalesce(
                kept.changed_at, (select min(earliest.changed_at) from variate.revision_time earliest)) as changed_at
            from variate.ruleset_row flag left join variate.revision_time kept on kept.number = flag.revision
            where flag.kind = 'flag' and flag.project = $1
            """;

    private final Database database;

    /** Reads this database. */
    public ChangeTimes(Database database) {
        this.database = database;
    }

    /** When the evaluation of each flag of a project last changed, or earlier, by flag key. */
    public Future<Map<String, Instant>> flags(String project) {
        return database.withSchema(() -> database.bounded("change-times", () -> database.pool()
                .preparedQuery(FLAGS)
                .execute(Tuple.of(project))
                .map(rows -> {
                    Map<String, Instant> times = new HashMap<>();
                    for (Row row : rows) {
                        OffsetDateTime time = row.getOffsetDateTime("changed_at");
                        if (time != null) {
                            times.put(row.getString("key"), time.toInstant());
                        }
                    }
                    return times;
                })));
    }
}
