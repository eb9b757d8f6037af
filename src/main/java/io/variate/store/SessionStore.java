package io.variate.store;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in PostgreSQL, for all nodes.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond.
 */
public final class SessionStore implements Sessions {
    /** Nodes keep all sessions in memory. */
    static final int MOST_SESSIONS = 10_000;

    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private static final String LOAD = """
            select digest, token, last_used_at from variate.console_session
            where last_used_at > now() - $1 * interval '1 millisecond'
            """;

    /** Leaves room for one session. Concurrent sign-ins may exceed a limit until the next one. */
    private static final String MAKE_ROOM = """
            delete from variate.console_session
            where last_used_at <= now() - $1 * interval '1 millisecond' or digest = any($2)
                or digest in (
                    select digest from variate.console_session where token is not distinct from $3::bigint
                    order by last_used_at desc, created_at desc offset $4)
                or digest in (
                    select digest from variate.console_session order by last_used_at desc, created_at desc offset $5)
            """;

    private static final String TOUCH = """
            update variate.console_session set last_used_at = now()
            where digest = $1 and last_used_at > now() - $2 * interval '1 millisecond'
            """;

    private final Database database;

    /** Reads and writes this database. */
    public SessionStore(Database database) {
        this.database = database;
    }

    @Override
    public Future<Map<String, StoredSession>> load(Duration timeout) {
        return database.withSchema(() -> database.bounded("sessions", () -> database.pool()
                .preparedQuery(LOAD)
                .execute(Tuple.of(timeout.toMillis()))
                .map(rows -> {
                    Map<String, StoredSession> sessions = new HashMap<>();
                    rows.forEach(row -> sessions.put(
                            HexFormat.of().formatHex(row.getBuffer("digest").getBytes()),
                            new StoredSession(
                                    row.getLong("token"),
                                    row.getOffsetDateTime("last_used_at").toInstant())));
                    return sessions;
                })));
    }

    /** Two transactions, because one that locks both sessions and their token could deadlock with a revocation. */
    @Override
    public Future<Boolean> add(String digest, @Nullable Long token, Collection<String> replaced, Duration timeout) {
        Tuple limits = Tuple.tuple()
                .addLong(timeout.toMillis())
                .addArrayOfBuffer(bytes(replaced))
                .addLong(token)
                .addInteger(MOST_OF_A_TOKEN - 1)
                .addInteger(MOST_SESSIONS - 1);
        return database.withSchema(() -> database.boundedWrite(
                        "end-sessions",
                        () -> database.pool().preparedQuery(MAKE_ROOM).execute(limits)))
                .compose(ended -> database.boundedWrite("create-session", () -> database.pool()
                        .preparedQuery("insert into variate.console_session (digest, token) values ($1, $2)")
                        .execute(Tuple.tuple().addBuffer(bytes(digest)).addLong(token))))
                .map(true)
                .recover(failure ->
                        failure instanceof PgException error && FOREIGN_KEY_VIOLATION.equals(error.getSqlState())
                                ? Future.succeededFuture(false)
                                : Future.failedFuture(failure));
    }

    @Override
    public Future<Void> touch(String digest, Duration timeout) {
        return database.boundedWrite("touch-session", () -> database.pool()
                .preparedQuery(TOUCH)
                .execute(Tuple.of(bytes(digest), timeout.toMillis()))
                .mapEmpty());
    }

    @Override
    public Future<Void> remove(Collection<String> digests) {
        return database.withSchema(() -> database.boundedWrite("delete-session", () -> database.pool()
                .preparedQuery("delete from variate.console_session where digest = any($1)")
                .execute(Tuple.tuple().addArrayOfBuffer(bytes(digests)))
                .mapEmpty()));
    }

    private static Buffer[] bytes(Collection<String> digests) {
        return digests.stream().map(SessionStore::bytes).toArray(Buffer[]::new);
    }

    private static Buffer bytes(String digest) {
        return Buffer.buffer(HexFormat.of().parseHex(digest));
    }
}
