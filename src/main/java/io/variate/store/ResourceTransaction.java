package io.variate.store;

import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.ResourceStatements.State;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One transaction on rows and resources, which holds the lock of the ruleset, so no other writer is active. Its methods are
 * called one after another: each call waits for the future of the previous one.
 */
public final class ResourceTransaction {
    private static final Map<String, RowKind> KINDS =
            Stream.of(RowKind.values()).collect(Collectors.toUnmodifiableMap(RowKind::table, Function.identity()));

    private final Database database;
    private final RulesetStore rulesets;
    private final SqlClient client;
    private final Runnable done;
    private final RulesetRows before;
    private final State state;

    ResourceTransaction(
            Database database,
            RulesetStore rulesets,
            SqlClient client,
            Runnable done,
            RulesetRows before,
            State state) {
        this.database = database;
        this.rulesets = rulesets;
        this.client = client;
        this.done = done;
        this.before = before;
        this.state = state;
    }

    /** The ruleset before the transaction. */
    public RulesetRows before() {
        return before;
    }

    /** The time of the database after the wait for other writers. Later transactions have later times. */
    public Instant now() {
        return state.now();
    }

    /** Whether all rows agree with their resources, so that {@link #touchedRows} would be empty. */
    public boolean isReconciled() {
        return knowsChanges() && state.revision() == before.revision().number();
    }

    /** Whether {@link #touchedRows} includes every row that was removed since the rows were reconciled. */
    public boolean knowsChanges() {
        return state.history().equals(before.revision().history())
                && state.revision() >= state.prunedTo()
                && state.revision() <= before.revision().number();
    }

    /**
     * A row that was written or removed since the rows were reconciled.
     *
     * @param revision the revision of the change
     * @param at the time of the revision, or null if it is no longer known
     */
    public record TouchedRow(
            RowKey key, long revision, @Nullable Instant at) {}

    /** The rows that were written or removed since the rows were reconciled, or all rows if that is not known. */
    public Future<List<TouchedRow>> touchedRows() {
        return step(ResourceStatements.rowsSince(client, knowsChanges() ? state.revision() : -1))
                .map(rows -> rows.stream()
                        .map(row -> new TouchedRow(
                                new RowKey(kind(row.kind()), row.project(), row.key()), row.revision(), row.at()))
                        .toList());
    }

    private static RowKind kind(String table) {
        RowKind kind = KINDS.get(table);
        if (kind == null) {
            throw new IllegalStateException("unknown kind of row: " + table);
        }
        return kind;
    }

    /** Ids for new resources, in ascending order. */
    public Future<List<Long>> newIds(int count) {
        return count == 0
                ? Future.succeededFuture(List.of())
                : step(ResourceStatements.ids(client, count))
                        .map(ids -> ids.stream().sorted().toList());
    }

    /** The resources with some ids; those that do not exist are missing. */
    public Future<List<StoredResource>> load(Collection<Long> ids) {
        return ids.isEmpty() ? Future.succeededFuture(List.of()) : step(ResourceStatements.load(client, ids));
    }

    /** The resources with some keys; those that do not exist are missing. */
    public Future<List<StoredResource>> find(List<ResourceKey> keys) {
        return keys.isEmpty() ? Future.succeededFuture(List.of()) : step(ResourceStatements.find(client, keys));
    }

    /** Resources with ids above a limit, in the order of their ids. */
    public Future<List<StoredResource>> after(long id, int limit) {
        return step(ResourceStatements.after(client, id, limit));
    }

    /** The references from and to some resources. */
    public Future<List<ResourceReference>> references(Collection<Long> ids) {
        return ids.isEmpty() ? Future.succeededFuture(List.of()) : step(ResourceStatements.references(client, ids));
    }

    /** The latest versions of some resources. */
    public Future<List<StoredVersion>> latestVersions(Collection<Long> ids) {
        return ids.isEmpty() ? Future.succeededFuture(List.of()) : step(ResourceStatements.latest(client, ids));
    }

    /** Of some resources the latest versions that had a row; those that never had one are missing. */
    public Future<List<StoredVersion>> lastCompiled(Collection<Long> ids) {
        return ids.isEmpty() ? Future.succeededFuture(List.of()) : step(ResourceStatements.lastCompiled(client, ids));
    }

    /** The ids and keys of the resources that refer to a target in a role, without archived ones. */
    public Future<Map<Long, String>> sources(long target, String role) {
        return step(ResourceStatements.sources(client, target, role)).map(found -> {
            Map<Long, String> keys = new LinkedHashMap<>();
            found.forEach(source -> keys.put(source.id(), source.key()));
            return keys;
        });
    }

    /** One version, or null if it does not exist. */
    public Future<@Nullable StoredVersion> version(long resource, long version) {
        return step(ResourceStatements.version(client, resource, version));
    }

    /** The answer to an earlier request with the same key, or null. */
    public Future<@Nullable KeptAnswer> keptAnswer(String actor, String key) {
        return step(ResourceStatements.answer(client, actor, key))
                .map(kept -> kept == null ? null : new KeptAnswer(kept.fingerprint(), kept.answer()));
    }

    /**
     * An answer to an earlier request.
     *
     * @param fingerprint of the request
     */
    public record KeptAnswer(String fingerprint, StoredAnswer answer) {}

    /** Keeps the answer to a request for a day. */
    public Future<Void> keepAnswer(String actor, String key, String fingerprint, StoredAnswer answer) {
        return step(ResourceStatements.keep(client, actor, key, fingerprint, answer, state.now()));
    }

    /**
     * What a transaction writes beside the rows.
     *
     * @param resources new ones, and those that have another version
     * @param references all references of {@code resources}
     * @param summaries of those of {@code resources} that lists show
     * @param deleted ids of resources to delete with their versions
     */
    public record Changes(
            List<StoredResource> resources,
            List<ResourceReference> references,
            List<StoredVersion> versions,
            List<StoredSummary> summaries,
            List<StoredAuditEntry> audit,
            Collection<Long> deleted) {}

    /** Writes resources with their versions and audit entries. */
    public Future<Void> save(Changes changes) {
        List<Long> sources =
                changes.resources().stream().map(StoredResource::id).toList();
        return ResourceStatements.delete(client, changes.deleted())
                .compose(deleted -> ResourceStatements.save(client, changes.resources(), done))
                .compose(saved -> ResourceStatements.refer(client, sources, changes.references(), done))
                .compose(referred -> ResourceStatements.addVersions(client, changes.versions(), done))
                .compose(added -> ResourceStatements.addSummaries(client, changes.summaries(), done))
                .compose(added -> ResourceStatements.addAudit(client, changes.audit(), done));
    }

    /** Writes the rows that differ, and takes the next revision. At most once in a transaction. */
    public Future<RulesetDelta> replaceRows(RowSet edited) {
        return rulesets.commit(client, before, edited, done);
    }

    /** Notes that all rows agree with their resources. */
    public Future<Void> markReconciled(Revision revision) {
        return step(ResourceStatements.reconciled(client, revision.history(), revision.number()));
    }

    /** Updates the statistics of the planner after a write of many rows, which autovacuum would do a minute later. */
    public Future<Void> analyze() {
        return step(ResourceStatements.analyze(client));
    }

    /** Runs expensive work on a worker thread; what it throws fails the future and rolls the transaction back. */
    public <T> Future<T> onWorker(Callable<T> work) {
        return step(database.onWorker(work));
    }

    private <T> Future<T> step(Future<T> work) {
        return work.onSuccess(result -> done.run());
    }
}
