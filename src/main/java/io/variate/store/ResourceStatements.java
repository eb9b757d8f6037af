package io.variate.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The statements on the tables of management. */
final class ResourceStatements {
    private static final String COLUMNS = "id, kind, project, namespace, key, archived, definition::text, version,"
            + " created_at, created_by, modified_at, modified_by";

    private static final String VERSION_COLUMNS = "v.resource, v.version, r.kind, r.project, v.definition::text,"
            + " v.compiled::text, v.revision, v.created_at, v.created_by, v.door, v.reason"
            + " from variate.resource_version v join variate.resource r on r.id = v.resource";

    private static final String UPSERT = """
            insert into variate.resource (id, kind, project, namespace, key, archived, definition, version,
                created_at, created_by, modified_at, modified_by)
            select id, kind, project, namespace, key, archived, definition::json, version,
                created_at, created_by, modified_at, modified_by
            from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
                    $8::bigint[], $9::timestamptz[], $10::text[], $11::timestamptz[], $12::text[])
                changed (id, kind, project, namespace, key, archived, definition, version,
                    created_at, created_by, modified_at, modified_by)
            on conflict (id) do update set
                kind = excluded.kind, project = excluded.project, namespace = excluded.namespace, key = excluded.key,
                archived = excluded.archived, definition = excluded.definition, version = excluded.version,
                modified_at = excluded.modified_at, modified_by = excluded.modified_by
            """;

    private static final String REFER = """
            with stale as (
                delete from variate.resource_reference present
                where source = any($1::bigint[])
                    and not exists (
                        select from unnest($2::bigint[], $3::bigint[], $4::text[]) wanted (source, target, role)
                        where wanted.source = present.source and wanted.target = present.target
                            and wanted.role = present.role))
            insert into variate.resource_reference (source, target, role)
            select * from unnest($2::bigint[], $3::bigint[], $4::text[])
            on conflict do nothing
            """;

    private static final String ADD_VERSIONS = """
            insert into variate.resource_version (resource, version, definition, compiled, revision,
                created_at, created_by, door, reason)
            select resource, version, definition::json, compiled::json, revision, created_at, created_by, door, reason
            from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[],
                    $8::text[], $9::text[])
                added (resource, version, definition, compiled, revision, created_at, created_by, door, reason)
            """;

    /** The row is locked, so that it cannot be deleted before its summary refers to it. */
    private static final String ADD_SUMMARIES = """
            insert into variate.resource_summary (resource, version, summary)
            select r.id, r.version, added.summary
            from unnest($1::bigint[], $2::bigint[], $3::text[]) added (resource, version, summary)
                join variate.resource r on r.id = added.resource and r.version = added.version
            order by r.id for key share of r
            on conflict (resource) do update set version = excluded.version, summary = excluded.summary
            """;

    private static final String ADD_AUDIT = """
            insert into variate.audit_entry (created_at, actor, door, reason, request_id, action, kind, resource,
                project, label, version, revision, definition_diff, compiled_diff)
            select created_at, actor, door, reason, request_id, action, kind, resource,
                project, label, version, revision, definition_diff::json, compiled_diff::json
            from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                    $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[])
                added (created_at, actor, door, reason, request_id, action, kind, resource,
                    project, label, version, revision, definition_diff, compiled_diff)
            """;

    private static final String ROWS_SINCE = """
            select kind, project, key, revision, changed_at
            from (select kind, project, key, revision from variate.ruleset_row where revision > $1
                union all
                select kind, project, key, revision from variate.removed_row where revision > $1) changed
            left join variate.revision_log log on log.number = changed.revision
            """;

    private static final int MAX_CHUNK_ROWS = 1_000;

    /** Limits the size of a statement that writes. */
    private static final int MAX_CHUNK_CHARACTERS = 4 << 20;

    private ResourceStatements() {}

    /**
     * How far the resources agree with the rows.
     *
     * @param history of the revision; empty if the rows were never reconciled
     * @param now the time of the database
     */
    record State(String history, long revision, long prunedTo, Instant now) {}

    /** The time is that after the wait for the lock, so that later writes have later times. */
    static Future<State> state(SqlClient client) {
        return client.query("select state.history, state.revision, pruned_to, clock_timestamp()"
                        + " from variate.management_state state, variate.ruleset")
                .execute()
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new State(row.getString(0), row.getLong(1), row.getLong(2), instant(row, 3));
                });
    }

    static Future<Boolean> isReconciled(SqlClient client) {
        return client.query("select state.history = ruleset.history and state.revision = ruleset.revision"
                        + " from variate.management_state state, variate.ruleset")
                .execute()
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    static Future<Void> reconciled(SqlClient client, String history, long revision) {
        return client.preparedQuery("update variate.management_state set history = $1, revision = $2")
                .execute(Tuple.of(history, revision))
                .mapEmpty();
    }

    /** Without statistics, the planner takes a kind for few resources, and sorts all of them for one page. */
    static Future<Void> analyze(SqlClient client) {
        return client.query("analyze variate.ruleset_row, variate.resource, variate.resource_reference,"
                        + " variate.resource_version, variate.audit_entry")
                .execute()
                .mapEmpty();
    }

    /** A row that was written or removed, with the revision that did so. */
    record TouchedRow(
            String kind,
            String project,
            String key,
            long revision,
            @Nullable Instant at) {}

    static Future<List<TouchedRow>> rowsSince(SqlClient client, long revision) {
        return client.preparedQuery(ROWS_SINCE)
                .execute(Tuple.of(revision))
                .map(rows -> list(
                        rows,
                        row -> new TouchedRow(
                                row.getString(0),
                                row.getString(1),
                                row.getString(2),
                                row.getLong(3),
                                row.getOffsetDateTime(4) == null ? null : instant(row, 4))));
    }

    static Future<List<Long>> ids(SqlClient client, int count) {
        return client.preparedQuery("select nextval('variate.resource_id') from generate_series(1, $1)")
                .execute(Tuple.of(count))
                .map(rows -> list(rows, row -> row.getLong(0)));
    }

    static Future<List<StoredResource>> load(SqlClient client, Collection<Long> ids) {
        return client.preparedQuery("select " + COLUMNS + " from variate.resource where id = any($1::bigint[])")
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .map(rows -> list(rows, ResourceStatements::resource));
    }

    static Future<List<StoredResource>> find(SqlClient client, List<ResourceKey> keys) {
        return client.preparedQuery(
                        "select " + COLUMNS + " from variate.resource"
                                + " where (project, namespace, key) in (select * from unnest($1::text[], $2::text[], $3::text[]))")
                .execute(Tuple.of(
                        texts(keys, ResourceKey::project),
                        texts(keys, ResourceKey::namespace),
                        texts(keys, ResourceKey::key)))
                .map(rows -> list(rows, ResourceStatements::resource));
    }

    /** Resources in the order of their ids. */
    static Future<List<StoredResource>> after(SqlClient client, long id, int limit) {
        return client.preparedQuery("select " + COLUMNS + " from variate.resource where id > $1 order by id limit $2")
                .execute(Tuple.of(id, limit))
                .map(rows -> list(rows, ResourceStatements::resource));
    }

    static Future<List<ResourceReference>> references(SqlClient client, Collection<Long> ids) {
        return client.preparedQuery("select source, target, role from variate.resource_reference"
                        + " where source = any($1::bigint[])"
                        + " union select source, target, role from variate.resource_reference"
                        + " where target = any($1::bigint[])")
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .map(rows ->
                        list(rows, row -> new ResourceReference(row.getLong(0), row.getLong(1), row.getString(2))));
    }

    /** The compiled definitions of the latest versions, without those of resources that have none. */
    static Future<List<StoredVersion>> latest(SqlClient client, Collection<Long> ids) {
        return client.preparedQuery(
                        "select " + VERSION_COLUMNS + " where r.id = any($1::bigint[]) and v.version = r.version")
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .map(rows -> list(rows, ResourceStatements::version));
    }

    /** The latest versions that had a row. */
    static Future<List<StoredVersion>> lastCompiled(SqlClient client, Collection<Long> ids) {
        return client.preparedQuery("select distinct on (v.resource) " + VERSION_COLUMNS
                        + " where r.id = any($1::bigint[]) and v.compiled is not null"
                        + " order by v.resource, v.version desc")
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .map(rows -> list(rows, ResourceStatements::version));
    }

    /** The resources that refer to a target in a role, without archived ones and without definitions. */
    static Future<List<KeyedId>> sources(SqlClient client, long target, String role) {
        return client.preparedQuery("select r.id, r.key from variate.resource_reference reference"
                        + " join variate.resource r on r.id = reference.source"
                        + " where reference.target = $1 and reference.role = $2 and not r.archived order by r.id")
                .execute(Tuple.of(target, role))
                .map(rows -> list(rows, row -> new KeyedId(row.getLong(0), row.getString(1))));
    }

    /** A resource without its definition. */
    record KeyedId(long id, String key) {}

    static Future<@Nullable StoredVersion> version(SqlClient client, long resource, long version) {
        return client.preparedQuery("select " + VERSION_COLUMNS + " where v.resource = $1 and v.version = $2")
                .execute(Tuple.of(resource, version))
                .map(rows -> rows.size() == 0 ? null : version(rows.iterator().next()));
    }

    /** The newest versions whose texts have {@code maxBytes} together, but at least one. */
    static Future<List<StoredVersion>> versions(SqlClient client, long resource, int limit, long maxBytes) {
        return client.preparedQuery("select " + VERSION_COLUMNS + " where v.resource = $1 and v.version in"
                        + " (select version from (select version, row_number() over newest as place,"
                        + " sum(octet_length(definition::text) + coalesce(octet_length(compiled::text), 0))"
                        + " over newest as bytes from (select version, definition, compiled"
                        + " from variate.resource_version where resource = $1 order by version desc limit $2) found"
                        + " window newest as (order by version desc)) sized where bytes <= $3 or place = 1)"
                        + " order by v.version desc")
                .execute(Tuple.of(resource, limit, maxBytes))
                .map(rows -> list(rows, ResourceStatements::version));
    }

    static Future<List<StoredVersion>> versionsBetween(
            SqlClient client,
            Collection<String> kinds,
            @Nullable Collection<String> projects,
            Instant start,
            Instant end,
            int limit,
            long offset) {
        return client.preparedQuery("select " + VERSION_COLUMNS + " where r.kind = any($1::text[])"
                        + " and ($2::text[] is null or r.project = any($2))"
                        + " and v.created_at >= $3 and v.created_at < $4"
                        + " order by v.created_at desc, v.resource desc, v.version desc limit $5 offset $6")
                .execute(Tuple.tuple()
                        .addValue(kinds.toArray(String[]::new))
                        .addValue(array(projects))
                        .addValue(time(start))
                        .addValue(time(end))
                        .addInteger(limit)
                        .addLong(offset))
                .map(rows -> list(rows, ResourceStatements::version));
    }

    private static String @Nullable [] array(@Nullable Collection<String> texts) {
        return texts == null ? null : texts.toArray(String[]::new);
    }

    /** Null stands for any project or key. */
    static Future<List<StoredResource>> list(
            SqlClient client,
            Collection<String> kinds,
            @Nullable Collection<String> projects,
            @Nullable String key,
            boolean archivedToo,
            int limit,
            long offset) {
        return client.preparedQuery("select " + COLUMNS + " from variate.resource"
                        + " where kind = any($1::text[]) and ($2::text[] is null or project = any($2))"
                        + " and ($3::text is null or key = $3) and ($4::boolean or not archived)"
                        + " order by id desc limit $5 offset $6")
                .execute(Tuple.tuple()
                        .addValue(kinds.toArray(String[]::new))
                        .addValue(array(projects))
                        .addString(key)
                        .addBoolean(archivedToo)
                        .addInteger(limit)
                        .addLong(offset))
                .map(rows -> list(rows, ResourceStatements::resource));
    }

    static Future<List<StoredAuditEntry>> audit(SqlClient client, AuditQuery query, long before, int limit) {
        return client.preparedQuery("select number, created_at, actor, door, reason, request_id, action, kind,"
                        + " resource, project, label, version, revision, definition_diff::text, compiled_diff::text"
                        + " from variate.audit_entry"
                        + " where number < $1 and ($2::text[] is null or project = any($2))"
                        + " and ($3::bigint is null or resource = $3) and ($4::text is null or actor = $4)"
                        + " and ($5::text is null or action = $5)"
                        + " and ($6::timestamptz is null or created_at >= $6)"
                        + " and ($7::timestamptz is null or created_at < $7)"
                        + " order by number desc limit $8")
                .execute(Tuple.tuple()
                        .addLong(before)
                        .addValue(array(query.projects()))
                        .addLong(query.resource())
                        .addString(query.actor())
                        .addString(query.action())
                        .addValue(query.from() == null ? null : time(query.from()))
                        .addValue(query.to() == null ? null : time(query.to()))
                        .addInteger(limit))
                .map(rows -> list(rows, ResourceStatements::auditEntry));
    }

    static Future<Void> save(SqlClient client, List<StoredResource> resources, Runnable done) {
        return inChunks(resources, resource -> resource.definition().length(), done, chunk -> client.preparedQuery(
                        UPSERT)
                .execute(Tuple.tuple()
                        .addValue(numbers(chunk, StoredResource::id))
                        .addValue(texts(chunk, StoredResource::kind))
                        .addValue(texts(chunk, StoredResource::project))
                        .addValue(texts(chunk, StoredResource::namespace))
                        .addValue(texts(chunk, StoredResource::key))
                        .addValue(chunk.stream().map(StoredResource::archived).toArray(Boolean[]::new))
                        .addValue(texts(chunk, StoredResource::definition))
                        .addValue(numbers(chunk, StoredResource::version))
                        .addValue(times(chunk, StoredResource::createdAt))
                        .addValue(texts(chunk, StoredResource::createdBy))
                        .addValue(times(chunk, StoredResource::modifiedAt))
                        .addValue(texts(chunk, StoredResource::modifiedBy)))
                .mapEmpty());
    }

    /** Replaces the references of some resources. */
    static Future<Void> refer(SqlClient client, List<Long> sources, List<ResourceReference> references, Runnable done) {
        if (sources.isEmpty()) {
            return Future.succeededFuture();
        }
        return client.preparedQuery(REFER)
                .execute(Tuple.of(
                        sources.toArray(Long[]::new),
                        numbers(references, ResourceReference::source),
                        numbers(references, ResourceReference::target),
                        texts(references, ResourceReference::role)))
                .onSuccess(written -> done.run())
                .mapEmpty();
    }

    static Future<Void> addVersions(SqlClient client, List<StoredVersion> versions, Runnable done) {
        return inChunks(
                versions,
                version -> version.definition().length()
                        + (version.compiled() == null ? 0 : version.compiled().length()),
                done,
                chunk -> client.preparedQuery(ADD_VERSIONS)
                        .execute(Tuple.tuple()
                                .addValue(numbers(chunk, StoredVersion::resource))
                                .addValue(numbers(chunk, StoredVersion::version))
                                .addValue(texts(chunk, StoredVersion::definition))
                                .addValue(texts(chunk, StoredVersion::compiled))
                                .addValue(numbers(chunk, StoredVersion::revision))
                                .addValue(times(chunk, StoredVersion::createdAt))
                                .addValue(texts(chunk, StoredVersion::createdBy))
                                .addValue(texts(chunk, StoredVersion::door))
                                .addValue(texts(chunk, StoredVersion::reason)))
                        .mapEmpty());
    }

    static Future<Void> addSummaries(SqlClient client, List<StoredSummary> summaries, Runnable done) {
        return inChunks(
                summaries, summary -> summary.text().length(), done, chunk -> client.preparedQuery(ADD_SUMMARIES)
                        .execute(Tuple.of(
                                numbers(chunk, StoredSummary::resource),
                                numbers(chunk, StoredSummary::version),
                                texts(chunk, StoredSummary::text)))
                        .mapEmpty());
    }

    /** Flags and experiments without a summary of their version, whose definitions have {@code maxBytes} together. */
    static Future<List<StoredResource>> withoutSummary(
            SqlClient client, String project, long after, int limit, long maxBytes) {
        return client.preparedQuery("select " + COLUMNS + " from variate.resource where id in"
                        + " (select id from (select id, row_number() over oldest as place,"
                        + " sum(octet_length(definition::text)) over oldest as bytes"
                        + " from (select r.id, r.definition from variate.resource r"
                        + " where r.project = $1 and r.kind in ('flag', 'experiment') and r.id > $2"
                        + " and not exists (select from variate.resource_summary s"
                        + " where s.resource = r.id and s.version = r.version)"
                        + " order by r.id limit $3) found"
                        + " window oldest as (order by id)) sized where bytes <= $4 or place = 1)"
                        + " order by id")
                .execute(Tuple.of(project, after, limit, maxBytes))
                .map(rows -> list(rows, ResourceStatements::resource));
    }

    static Future<Void> addAudit(SqlClient client, List<StoredAuditEntry> entries, Runnable done) {
        return inChunks(
                entries,
                entry -> entry.definitionDiff().length() + entry.compiledDiff().length(),
                done,
                chunk -> client.preparedQuery(ADD_AUDIT)
                        .execute(Tuple.tuple()
                                .addValue(times(chunk, StoredAuditEntry::at))
                                .addValue(texts(chunk, StoredAuditEntry::actor))
                                .addValue(texts(chunk, StoredAuditEntry::door))
                                .addValue(texts(chunk, StoredAuditEntry::reason))
                                .addValue(texts(chunk, StoredAuditEntry::requestId))
                                .addValue(texts(chunk, StoredAuditEntry::action))
                                .addValue(texts(chunk, StoredAuditEntry::kind))
                                .addValue(numbers(chunk, StoredAuditEntry::resource))
                                .addValue(texts(chunk, StoredAuditEntry::project))
                                .addValue(texts(chunk, StoredAuditEntry::label))
                                .addValue(numbers(chunk, StoredAuditEntry::version))
                                .addValue(numbers(chunk, StoredAuditEntry::revision))
                                .addValue(texts(chunk, StoredAuditEntry::definitionDiff))
                                .addValue(texts(chunk, StoredAuditEntry::compiledDiff)))
                        .mapEmpty());
    }

    /** Removes resources with their versions and references; their audit entries stay. */
    static Future<Void> delete(SqlClient client, Collection<Long> ids) {
        return ids.isEmpty()
                ? Future.succeededFuture()
                : client.preparedQuery("delete from variate.resource where id = any($1::bigint[])")
                        .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                        .mapEmpty();
    }

    /** An answer and the request that it belongs to. */
    record KeptAnswer(String fingerprint, StoredAnswer answer) {}

    static Future<@Nullable KeptAnswer> answer(SqlClient client, String actor, String key) {
        return client.preparedQuery("select fingerprint, status, entity_tag, body from variate.idempotent_answer"
                        + " where actor = $1 and key = $2")
                .execute(Tuple.of(actor, key))
                .map(rows -> {
                    if (rows.size() == 0) {
                        return null;
                    }
                    Row row = rows.iterator().next();
                    return new KeptAnswer(
                            row.getString(0), new StoredAnswer(row.getInteger(1), row.getString(2), row.getString(3)));
                });
    }

    /** Keeps an answer, and forgets those that are older than a day. */
    static Future<Void> keep(
            SqlClient client, String actor, String key, String fingerprint, StoredAnswer answer, Instant now) {
        return client.preparedQuery("with old as (delete from variate.idempotent_answer"
                        + " where created_at < $7::timestamptz - interval '1 day')"
                        + " insert into variate.idempotent_answer"
                        + " (actor, key, fingerprint, status, entity_tag, body, created_at)"
                        + " values ($1, $2, $3, $4, $5, $6, $7)"
                        + " on conflict (actor, key) do update set fingerprint = excluded.fingerprint,"
                        + " status = excluded.status, entity_tag = excluded.entity_tag, body = excluded.body,"
                        + " created_at = excluded.created_at")
                .execute(Tuple.tuple()
                        .addString(actor)
                        .addString(key)
                        .addString(fingerprint)
                        .addInteger(answer.status())
                        .addString(answer.entityTag())
                        .addString(answer.body())
                        .addValue(time(now)))
                .mapEmpty();
    }

    private static <T> Future<Void> inChunks(
            List<T> elements, ToIntFunction<T> size, Runnable done, Function<List<T>, Future<Void>> write) {
        if (elements.isEmpty()) {
            return Future.succeededFuture();
        }
        int end = 1;
        long characters = size.applyAsInt(elements.get(0));
        while (end < Math.min(elements.size(), MAX_CHUNK_ROWS)) {
            characters += size.applyAsInt(elements.get(end));
            if (characters > MAX_CHUNK_CHARACTERS) {
                break;
            }
            end++;
        }
        List<T> rest = elements.subList(end, elements.size());
        return write.apply(elements.subList(0, end)).compose(written -> {
            done.run();
            return inChunks(rest, size, done, write);
        });
    }

    private static StoredResource resource(Row row) {
        return new StoredResource(
                row.getLong(0),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5),
                row.getString(6),
                row.getLong(7),
                instant(row, 8),
                row.getString(9),
                instant(row, 10),
                row.getString(11));
    }

    private static StoredVersion version(Row row) {
        return new StoredVersion(
                row.getLong(0),
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getLong(6),
                instant(row, 7),
                row.getString(8),
                row.getString(9),
                row.getString(10));
    }

    private static StoredAuditEntry auditEntry(Row row) {
        return new StoredAuditEntry(
                row.getLong(0),
                instant(row, 1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getLong(8),
                row.getString(9),
                row.getString(10),
                row.getLong(11),
                row.getLong(12),
                row.getString(13),
                row.getString(14));
    }

    private static Instant instant(Row row, int column) {
        return row.getOffsetDateTime(column).toInstant();
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static <T> String[] texts(List<T> elements, Function<T, @Nullable String> field) {
        String[] texts = new String[elements.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = field.apply(elements.get(i));
        }
        return texts;
    }

    private static <T> Long[] numbers(List<T> elements, Function<T, @Nullable Long> field) {
        Long[] numbers = new Long[elements.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = field.apply(elements.get(i));
        }
        return numbers;
    }

    private static <T> OffsetDateTime[] times(List<T> elements, Function<T, Instant> field) {
        return elements.stream().map(element -> time(field.apply(element))).toArray(OffsetDateTime[]::new);
    }

    private static <T> List<T> list(Iterable<Row> rows, Function<Row, T> read) {
        List<T> elements = new ArrayList<>();
        rows.forEach(row -> elements.add(read.apply(row)));
        return elements;
    }
}
