package io.variate.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The usage of flags and deployment keys, summed over all nodes.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond.
 */
public final class UsageStore {
    /** Rows of one statement, so that a statement stays far below its timeout. */
    private static final int CHUNK = 2_000;

    private static final String ADD_FLAGS = """
            insert into variate.flag_usage as present (project, key, evaluations, last_evaluated)
            select * from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[])
            on conflict (project, key) do update
            set evaluations = present.evaluations + excluded.evaluations,
                last_evaluated = greatest(present.last_evaluated, excluded.last_evaluated)
            """;

    private static final String ADD_DEPLOYMENTS = """
            insert into variate.deployment_usage as present (id, uses, last_used)
            select * from unnest($1::text[], $2::bigint[], $3::timestamptz[])
            on conflict (id) do update
            set uses = present.uses + excluded.uses,
                last_used = greatest(present.last_used, excluded.last_used)
            """;

    private static final String FLAGS_BY_ID = """
            select project, key, evaluations, last_evaluated from variate.flag_usage
            join unnest($1::text[], $2::text[]) as wanted (project, key) using (project, key)
            """;

    private final Database database;

    /** Reads and writes this database. */
    public UsageStore(Database database) {
        this.database = database;
    }

    /**
     * A flag of a project.
     *
     * @param project the key of the project; empty for the one without a name
     */
    public record FlagId(String project, String key) {}

    /** The usage of the flags of a project, by flag key. A flag that was never evaluated is missing. */
    public Future<Map<String, Usage>> flags(String project) {
        return read(
                "flag-usage",
                "select key, evaluations, last_evaluated from variate.flag_usage where project = $1",
                Tuple.of(project));
    }

    /** The usage of some flags. A flag that was never evaluated is missing. */
    public Future<Map<FlagId, Usage>> flags(Collection<FlagId> ids) {
        String[] projects = ids.stream().map(FlagId::project).toArray(String[]::new);
        String[] keys = ids.stream().map(FlagId::key).toArray(String[]::new);
        return database.withSchema(() -> database.bounded("flag-usage", () -> database.pool()
                .preparedQuery(FLAGS_BY_ID)
                .execute(Tuple.tuple().addArrayOfString(projects).addArrayOfString(keys))
                .map(rows -> {
                    Map<FlagId, Usage> usages = new HashMap<>();
                    rows.forEach(row -> usages.put(new FlagId(row.getString(0), row.getString(1)), usage(row, 2)));
                    return usages;
                })));
    }

    /** The usage of all deployment keys, by the id that is derived from the key. A key that was never used is missing. */
    public Future<Map<String, Usage>> deployments() {
        return read("deployment-usage", "select id, uses, last_used from variate.deployment_usage", Tuple.tuple());
    }

    /** When the counting started. */
    public Future<Instant> start() {
        return database.withSchema(() -> database.bounded("usage-start", () -> database.pool()
                .query("select started_at from variate.usage_start")
                .execute()
                .map(rows -> rows.iterator().next().getOffsetDateTime(0).toInstant())));
    }

    private Future<Map<String, Usage>> read(String name, String query, Tuple arguments) {
        return database.withSchema(() -> database.bounded(
                name,
                () -> database.pool().preparedQuery(query).execute(arguments).map(UsageStore::usages)));
    }

    private static Map<String, Usage> usages(RowSet<Row> rows) {
        Map<String, Usage> usages = new HashMap<>();
        for (Row row : rows) {
            usages.put(row.getString(0), usage(row, 1));
        }
        return usages;
    }

    private static Usage usage(Row row, int column) {
        return new Usage(row.getLong(column), row.getOffsetDateTime(column + 1).toInstant());
    }

    /**
     * Adds the evaluations that a node has counted. If the future fails, some of them may be stored: after a timeout, and
     * with thousands of flags.
     */
    public Future<Void> addFlags(Map<FlagId, Usage> counted) {
        Comparator<FlagId> order = Comparator.comparing(FlagId::project).thenComparing(FlagId::key);
        return add(
                "add-flag-usage",
                ADD_FLAGS,
                inOrder(counted, order),
                chunk -> Tuple.of(
                        texts(chunk, FlagId::project), texts(chunk, FlagId::key), counts(chunk), times(chunk)));
    }

    /** Adds the uses of deployment keys that a node has counted, by id, like {@link #addFlags}. */
    public Future<Void> addDeployments(Map<String, Usage> counted) {
        return add(
                "add-deployment-usage",
                ADD_DEPLOYMENTS,
                inOrder(counted, Comparator.naturalOrder()),
                chunk -> Tuple.of(texts(chunk, id -> id), counts(chunk), times(chunk)));
    }

    /** All nodes lock rows in the same order, so that they never wait for each other in a circle. */
    private static <K> List<Map.Entry<K, Usage>> inOrder(Map<K, Usage> counted, Comparator<K> order) {
        return counted.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(order))
                .toList();
    }

    private <K> Future<Void> add(
            String name,
            String query,
            List<Map.Entry<K, Usage>> counted,
            Function<List<Map.Entry<K, Usage>>, Tuple> arguments) {
        if (counted.isEmpty()) {
            return Future.succeededFuture();
        }
        int end = Math.min(CHUNK, counted.size());
        Tuple chunk = arguments.apply(counted.subList(0, end));
        return database.withSchema(() -> database.boundedWrite(
                        name, () -> database.pool().preparedQuery(query).execute(chunk)))
                .compose(added -> add(name, query, counted.subList(end, counted.size()), arguments));
    }

    private static <K> String[] texts(List<Map.Entry<K, Usage>> chunk, Function<K, String> text) {
        return chunk.stream().map(entry -> text.apply(entry.getKey())).toArray(String[]::new);
    }

    private static <K> Long[] counts(List<Map.Entry<K, Usage>> chunk) {
        return chunk.stream().map(entry -> entry.getValue().count()).toArray(Long[]::new);
    }

    private static <K> OffsetDateTime[] times(List<Map.Entry<K, Usage>> chunk) {
        return chunk.stream()
                .map(entry -> entry.getValue().last().atOffset(ZoneOffset.UTC))
                .toArray(OffsetDateTime[]::new);
    }
}
