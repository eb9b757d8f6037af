package io.variate.store;

import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The resources of management in PostgreSQL, with versions, audit entries and answers to repeated requests.
 *
 * <p>Thread-safe. Every future fails within the configured timeout if the database does not respond; a large write has
 * several steps, each of which may take as long.
 */
public final class ResourceStore {
    private final Database database;
    private final RulesetStore rulesets;

    /** Uses a database whose rows {@code rulesets} reads and writes. */
    public ResourceStore(Database database, RulesetStore rulesets) {
        this.database = database;
        this.rulesets = rulesets;
    }

    /**
     * Runs a transaction that holds the lock of the ruleset. It is rolled back if {@code work} fails.
     *
     * @param known what the caller serves, or null. Saves reading all rows
     * @param expected the number of the revision that must be the current one, or null for any
     * @param work called at most once for each attempt, and without side effects: an outdated schema causes a second attempt
     * @return completes with the commit; fails with {@link RevisionConflictException} if another revision is current, and
     *     with {@link HistoryDivergedException} if the database does not continue {@code known}
     */
    public <T> Future<T> write(
            @Nullable RulesetRows known, @Nullable Long expected, Function<ResourceTransaction, Future<T>> work) {
        return database.withSchema(() -> database.writeInSteps("manage", (connection, done) -> rulesets.lock(
                        connection, known, expected, done)
                .compose(before -> ResourceStatements.state(connection)
                        .map(state -> new ResourceTransaction(database, rulesets, connection, done, before, state)))
                .compose(work)));
    }

    /** Whether all rows agree with their resources, as far as committed writes go. */
    public Future<Boolean> isReconciled() {
        return read("manage-get", () -> ResourceStatements.isReconciled(database.pool()));
    }

    /** The resources with some ids; those that do not exist are missing. */
    public Future<List<StoredResource>> load(Collection<Long> ids) {
        return read("manage-get", () -> ResourceStatements.load(database.pool(), ids));
    }

    /**
     * A page of resources, newest created first, without the inclusions of their variants.
     *
     * @param projects null for all projects
     * @param key null for all keys
     */
    public Future<StoredPage<StoredResource>> list(
            Collection<String> kinds,
            @Nullable Collection<String> projects,
            @Nullable String key,
            boolean archivedToo,
            PageBounds bounds,
            long offset) {
        return read(
                "manage-list",
                () -> ResourceStatements.list(database.pool(), kinds, projects, key, archivedToo, bounds, offset));
    }

    /**
     * Flags and groups with a text in their definition, in the order of their ids, without archived ones.
     *
     * @param text without wildcards of patterns
     * @param projects null for all projects
     * @param after the id that all ids are above
     */
    public Future<List<StoredResource>> mentioning(
            String text, @Nullable Collection<String> projects, long after, int limit) {
        return read("manage-list", () -> ResourceStatements.mentioning(database.pool(), text, projects, after, limit));
    }

    /** The references from and to some resources. */
    public Future<List<ResourceReference>> references(Collection<Long> ids) {
        return read("manage-get", () -> ResourceStatements.references(database.pool(), ids));
    }

    /**
     * The newest versions of a resource, newest first.
     *
     * @param limit how many at most
     * @param maxBytes what their definitions and compiled rows have together at most, unless the newest has more
     */
    public Future<List<StoredVersion>> versions(long resource, int limit, long maxBytes) {
        return read("manage-versions", () -> ResourceStatements.versions(database.pool(), resource, limit, maxBytes));
    }

    /** One version, or null if it does not exist. */
    public Future<@Nullable StoredVersion> version(long resource, long version) {
        return read("manage-versions", () -> ResourceStatements.version(database.pool(), resource, version));
    }

    /**
     * A page of the versions of all resources of some kinds in a time window, newest first.
     *
     * @param projects null for all projects
     * @param start inclusive
     * @param end exclusive
     */
    public Future<StoredPage<StoredVersion>> versionsBetween(
            Collection<String> kinds,
            @Nullable Collection<String> projects,
            Instant start,
            Instant end,
            PageBounds bounds,
            long offset) {
        return read(
                "manage-versions",
                () -> ResourceStatements.versionsBetween(database.pool(), kinds, projects, start, end, bounds, offset));
    }

    /**
     * A page of audit entries, newest first.
     *
     * @param before the number that all entries are below
     */
    public Future<StoredPage<StoredAuditEntry>> audit(AuditQuery query, long before, PageBounds bounds) {
        return read("manage-audit", () -> ResourceStatements.audit(database.pool(), query, 0, before, false, bounds));
    }

    /**
     * The entries that follow one, oldest first.
     *
     * @param after the number that all entries are above
     */
    public Future<StoredPage<StoredAuditEntry>> auditAfter(AuditQuery query, long after, PageBounds bounds) {
        return read(
                "manage-audit",
                () -> ResourceStatements.audit(database.pool(), query, after, Long.MAX_VALUE, true, bounds));
    }

    /**
     * Versions of a resource without their texts, newest first.
     *
     * @param before the version that all are below
     * @param maxBytes what the differences of the newest ones have together at most; those of others are left out
     */
    public Future<List<VersionSummary>> versionSummaries(long resource, long before, int limit, long maxBytes) {
        return read(
                "manage-versions",
                () -> ResourceStatements.versionSummaries(database.pool(), resource, before, limit, maxBytes));
    }

    private <T> Future<T> read(String query, Supplier<Future<T>> statement) {
        return database.withSchema(() -> database.bounded(query, statement));
    }
}
