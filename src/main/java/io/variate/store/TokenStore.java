package io.variate.store;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of the management API. They never leave this database: only digests are stored.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond.
 */
public final class TokenStore {
    /** Nodes keep all tokens in memory. */
    public static final int MAX_TOKENS = 1_000;

    private static final String UNIQUE_VIOLATION = "23505";

    private static final String COLUMNS = "id, name, role, projects, deployments, key_prefixes, created_by, created_at,"
            + " expires_at, last_used_at";

    private static final String INSERT = """
            insert into variate.access_token
                (name, role, projects, deployments, key_prefixes, expires_at, digest, created_by)
            select $1, $2, $3::text[], $4::text[], $5::text[], $6::timestamptz, $7, $8
            where (select count(*) from variate.access_token) < $9
            returning\s""" + COLUMNS;

    private static final String UPDATE = """
            update variate.access_token
            set name = $1, role = $2, projects = $3, deployments = $4, key_prefixes = $5, expires_at = $6
            where id = $7
            returning\s""" + COLUMNS;

    private static final String TOUCH = """
            update variate.access_token set last_used_at = now()
            where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')
            """;

    private final Database database;

    /** Reads and writes this database. */
    public TokenStore(Database database) {
        this.database = database;
    }

    /** All tokens in the order of their creation, by SHA-256 in hexadecimal digits. */
    public Future<Map<String, StoredToken>> load() {
        return database.withSchema(() -> database.bounded("tokens", () -> database.pool()
                .query("select digest, " + COLUMNS + " from variate.access_token order by id")
                .execute()
                .map(rows -> {
                    Map<String, StoredToken> tokens = new LinkedHashMap<>();
                    rows.forEach(row -> tokens.put(
                            HexFormat.of().formatHex(row.getBuffer("digest").getBytes()), token(row)));
                    return tokens;
                })));
    }

    /**
     * Stores a new token.
     *
     * @param digest the SHA-256 of the token, in hexadecimal digits
     * @return fails with {@link RefusedTokenException} if the name is taken, or there are too many tokens
     */
    public Future<StoredToken> create(TokenFields fields, String digest, String createdBy) {
        Tuple row = tuple(fields)
                .addBuffer(Buffer.buffer(HexFormat.of().parseHex(digest)))
                .addString(createdBy)
                .addInteger(MAX_TOKENS);
        return database.withSchema(() -> database.boundedWrite(
                        "create-token",
                        () -> database.pool().preparedQuery(INSERT).execute(row)))
                .recover(TokenStore::reject)
                .compose(created -> created.size() == 0
                        ? Future.failedFuture(new RefusedTokenException(false))
                        : Future.succeededFuture(token(created.iterator().next())));
    }

    /**
     * Changes a token.
     *
     * @param edit called once with the present fields; what it throws fails the future
     * @return null if there is no such token; fails with {@link RefusedTokenException} if the name is taken
     */
    public Future<@Nullable StoredToken> update(long id, UnaryOperator<TokenFields> edit) {
        return database.withSchema(
                () -> database.<@Nullable StoredToken>writeInSteps("update-token", (connection, done) -> connection
                        .preparedQuery("select " + COLUMNS + " from variate.access_token where id = $1 for update")
                        .execute(Tuple.of(id))
                        .compose(found -> {
                            done.run();
                            return found.size() == 0
                                    ? Future.succeededFuture(found)
                                    : connection
                                            .preparedQuery(UPDATE)
                                            .execute(tuple(edit.apply(token(found.iterator()
                                                                    .next())
                                                            .fields()))
                                                    .addLong(id))
                                            .recover(TokenStore::reject);
                        })
                        .map(TokenStore::first)));
    }

    /** Deletes a token, and returns whether there was one. */
    public Future<Boolean> delete(long id) {
        return database.withSchema(() -> database.boundedWrite("delete-token", () -> database.pool()
                .preparedQuery("delete from variate.access_token where id = $1")
                .execute(Tuple.of(id))
                .map(deleted -> deleted.rowCount() > 0)));
    }

    /** Notes that a token is used now. Any number of nodes write at most once a minute. */
    public Future<Void> touch(long id) {
        return database.boundedWrite(
                "touch-token",
                () -> database.pool().preparedQuery(TOUCH).execute(Tuple.of(id)).mapEmpty());
    }

    private static Future<RowSet<Row>> reject(Throwable failure) {
        return Future.failedFuture(
                failure instanceof PgException error && UNIQUE_VIOLATION.equals(error.getSqlState())
                        ? new RefusedTokenException(true)
                        : failure);
    }

    private static @Nullable StoredToken first(RowSet<Row> rows) {
        return rows.size() == 0 ? null : token(rows.iterator().next());
    }

    private static Tuple tuple(TokenFields fields) {
        Instant expiry = fields.expiresAt();
        return Tuple.tuple()
                .addString(fields.name())
                .addString(fields.role())
                .addArrayOfString(sorted(fields.projects()))
                .addArrayOfString(sorted(fields.deployments()))
                .addArrayOfString(sorted(fields.keyPrefixes()))
                .addOffsetDateTime(expiry == null ? null : expiry.atOffset(ZoneOffset.UTC));
    }

    private static String[] sorted(Set<String> texts) {
        return texts.stream().sorted().toArray(String[]::new);
    }

    private static StoredToken token(Row row) {
        return new StoredToken(
                row.getLong("id"),
                new TokenFields(
                        row.getString("name"),
                        row.getString("role"),
                        Set.of(row.getArrayOfStrings("projects")),
                        Set.of(row.getArrayOfStrings("deployments")),
                        Set.of(row.getArrayOfStrings("key_prefixes")),
                        instant(row.getOffsetDateTime("expires_at"))),
                row.getString("created_by"),
                row.getOffsetDateTime("created_at").toInstant(),
                instant(row.getOffsetDateTime("last_used_at")));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
