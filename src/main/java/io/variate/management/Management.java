package io.variate.management;

import io.variate.cohorts.UploadedCohorts;
import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.management.model.ResourceKind;
import io.variate.management.translation.CompilerSettings;
import io.variate.management.translation.References;
import io.variate.management.translation.ResourceIndex;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.RevisionNotReachedException;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.RulesetSynchronizer;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.AuditQuery;
import io.variate.store.ResourceReference;
import io.variate.store.ResourceStore;
import io.variate.store.ResourceTransaction;
import io.variate.store.StoredAuditEntry;
import io.variate.store.StoredResource;
import io.variate.store.StoredVersion;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes resources. Thread-safe: any thread may call, and futures complete on the context of the caller or on one
 * of their own.
 *
 * <p>A write is one transaction of the database: it stores resources, versions, audit entries, rows and, only if a row
 * differs, the next revision. Writes of all nodes are serial, because each locks the ruleset first. Every read and write
 * first reconciles the resources with rows that others wrote; a read proceeds if that fails.
 *
 * <p>Futures fail with {@link RejectedWriteException} for what its client can correct, with {@link
 * io.variate.rulesets.document.InvalidRulesetException} if a resource or what it compiles to has errors, with {@link
 * io.variate.rulesets.document.WouldBeEmptyException} without {@code force}, with {@link RevisionNotReachedException} while
 * this node is behind its cluster, with {@link io.variate.store.HistoryDivergedException} after the restore of a backup, and
 * with another exception if the database fails.
 */
public final class Management {
    private static final Logger log = LoggerFactory.getLogger(Management.class);
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);
    private static final int MOST_VERSIONS = 1_000;

    /** Bounds the memory of a request: a definition may have almost the size of a document. */
    private static final long MOST_BYTES_OF_VERSIONS = 8L * 1024 * 1024;

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final RulesetSynchronizer synchronizer;
    private final ResourceStore store;
    private final CompilerSettings settings;
    private final UploadedCohorts uploaded;
    private final NewResources newResources = new NewResources();
    private final WriteQueue queue;

    /**
     * Manages the resources of a database.
     *
     * @param uploaded the uploaded cohorts, to which flags may refer
     */
    public Management(
            Vertx vertx,
            CurrentRuleset current,
            RulesetSynchronizer synchronizer,
            ResourceStore store,
            CompilerSettings settings,
            UploadedCohorts uploaded) {
        this.vertx = vertx;
        this.current = current;
        this.synchronizer = synchronizer;
        this.store = store;
        this.settings = settings;
        this.uploaded = uploaded;
        this.queue = new WriteQueue(vertx);
    }

    /**
     * Applies writes, all or none, in at most one revision. Completes when this node serves that revision, or a second after
     * the commit. A retry with the same {@code Idempotency-Key} after a failure of the database applies the writes once.
     */
    public Future<Outcome> write(WriteContext context, List<Write> writes) {
        Future<Applied> applied = apply(context, writes);
        return applied.map(Applied::outcome).compose(this::whenServed);
    }

    /**
     * The rows of the ruleset as they would be after some writes, which are rolled back. Their rights are checked as well.
     *
     * @param context taken as a dry run
     */
    public Future<RulesetChange.Outcome> candidate(WriteContext context, List<Write> writes) {
        return apply(context.asDryRun(), writes)
                .map(applied -> new RulesetChange.Outcome(
                        applied.rows(), applied.outcome().warnings()));
    }

    /** @param rows all rows after the writes */
    private record Applied(Outcome outcome, RowSet rows) {}

    private Future<Applied> apply(WriteContext context, List<Write> writes) {
        return reconciled()
                .compose(reconciled -> synchronizer.catchUp(MAX_WAIT))
                .compose(caughtUp -> queue.add(() -> store.write(
                                served(), null, transaction -> Reconciliation.ofUnknownWrites(transaction, settings)
                                        .compose(done -> apply(transaction, context, writes))))
                        .recover(Management::rolledBack));
    }

    private Future<Applied> apply(ResourceTransaction transaction, WriteContext context, List<Write> writes) {
        Idempotency idempotency = context.dryRun() ? null : context.idempotency();
        String actor = context.caller().name();
        return earlier(transaction, actor, idempotency).compose(earlier -> {
            if (earlier != null) {
                return Future.succeededFuture(
                        new Applied(earlier, transaction.before().rows()));
            }
            return new WriteSession(transaction, context, writes, newResources, known(), settings)
                    .run()
                    .compose(applied -> finish(transaction, context, applied))
                    .map(applied -> new Applied(applied.outcome(), applied.rows()));
        });
    }

    private static Future<@Nullable Outcome> earlier(
            ResourceTransaction transaction, String actor, @Nullable Idempotency idempotency) {
        if (idempotency == null) {
            return Future.succeededFuture(null);
        }
        return transaction.keptAnswer(actor, idempotency.key()).compose(kept -> {
            if (kept == null) {
                return Future.succeededFuture(null);
            }
            return kept.fingerprint().equals(idempotency.fingerprint())
                    ? Future.succeededFuture(Outcome.repeated(kept.answer()))
                    : Future.failedFuture(new RejectedWriteException(
                            409, "idempotency_mismatch", "another request has used this Idempotency-Key", null));
        });
    }

    private static Future<WriteSession.Applied> finish(
            ResourceTransaction transaction, WriteContext context, WriteSession.Applied applied) {
        if (context.dryRun()) {
            return Future.failedFuture(new RolledBackException(applied));
        }
        Idempotency idempotency = context.idempotency();
        return idempotency == null
                ? Future.succeededFuture(applied)
                : transaction
                        .onWorker(() -> idempotency.render().apply(applied.outcome()))
                        .compose(answer -> transaction.keepAnswer(
                                context.caller().name(), idempotency.key(), idempotency.fingerprint(), answer))
                        .map(applied);
    }

    private static Future<Applied> rolledBack(Throwable failure) {
        return failure instanceof RolledBackException rolledBack
                ? Future.succeededFuture(new Applied(rolledBack.applied.outcome(), rolledBack.applied.rows()))
                : Future.failedFuture(failure);
    }

    /** Rolls the transaction of a dry run back. */
    private static final class RolledBackException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient WriteSession.Applied applied;

        RolledBackException(WriteSession.Applied applied) {
            super("a dry run", null, false, false);
            this.applied = applied;
        }
    }

    private @Nullable RulesetRows served() {
        Ruleset ruleset = current.get();
        return ruleset == null ? null : ruleset.rows();
    }

    private KnownFlags known() {
        Ruleset ruleset = current.get();
        KnownFlags flags = ruleset == null ? KnownFlags.NONE : ruleset.known();
        return flags.withUploadedCohorts(uploaded::ids);
    }

    /** Gives the client read-your-writes on this node, but does not delay the answer to a committed write for long. */
    private Future<Outcome> whenServed(Outcome outcome) {
        Long revision = outcome.revision();
        if (revision == null || outcome.earlier() != null) {
            return Future.succeededFuture(outcome);
        }
        synchronizer.check();
        return current.reached(revision, MAX_WAIT).otherwiseEmpty().map(outcome);
    }

    /** Reconciles as every read does, for readers of the audit that are not requests; never fails. */
    public Future<Void> reconcile() {
        return reconciledIfPossible();
    }

    /** A read does not depend on a write: it may show resources from before the rows that others wrote. */
    Future<Void> reconciledIfPossible() {
        return reconciled().recover(failure -> {
            log.warn("cannot reconcile resources with rows: {}; reads may be stale", failure.toString());
            return Future.succeededFuture();
        });
    }

    /** Reconciles in a transaction of its own, so that a rejected write does not undo it. */
    private Future<Void> reconciled() {
        return store.isReconciled()
                .compose(isReconciled -> isReconciled
                        ? Future.succeededFuture()
                        : queue.add(() -> store.write(
                                served(), null, transaction -> Reconciliation.ofUnknownWrites(transaction, settings))));
    }

    /**
     * A page of resources that the caller may read, newest created first.
     *
     * @return fails with 404 {@code unknown_project} if the caller does not see the project
     */
    public Future<Page<Stored>> list(Caller caller, Listing listing) {
        String project = listing.project();
        if (project != null && !caller.sees(project)) {
            return Future.failedFuture(Rejections.unknownProject());
        }
        if (!caller.role().includes(Right.READ)) {
            return Future.failedFuture(Rejections.forbidden("read"));
        }
        return reconciledIfPossible()
                .compose(done -> store.list(
                        texts(listing.kinds()),
                        project == null ? projects(caller) : List.of(project),
                        listing.key(),
                        listing.includeArchived(),
                        listing.limit() + 1,
                        listing.cursor()))
                .compose(found -> onWorker(() -> page(
                        found.stream()
                                .limit(listing.limit())
                                .map(StoredForm::stored)
                                .toList(),
                        found.size() > listing.limit(),
                        listing.cursor())));
    }

    private static <T> Page<T> page(List<T> elements, boolean hasMore, long cursor) {
        return new Page<>(elements, hasMore ? cursor + elements.size() : null);
    }

    private static List<String> texts(Set<ResourceKind> kinds) {
        return kinds.stream().map(ResourceKind::text).toList();
    }

    /** Null stands for all projects. */
    private static @Nullable Collection<String> projects(Caller caller) {
        Set<String> projects = caller.scope().projects();
        return projects.isEmpty() ? null : projects;
    }

    /** One resource, archived or not. Fails with 404 {@code unknown_…} if the caller does not see it. */
    public Future<Stored> get(Caller caller, Set<ResourceKind> kinds, long id) {
        return visible(caller, kinds, id).compose(found -> onWorker(() -> StoredForm.stored(found)));
    }

    /** The groups that contain some experiments, without archived ones. Other resources cannot be found in the result. */
    public Future<References> groupsOf(Collection<Long> members) {
        if (members.isEmpty()) {
            return Future.succeededFuture(new ResourceIndex(List.of()));
        }
        return store.references(members)
                .map(references -> references.stream()
                        .filter(reference ->
                                reference.role().equals(StoredForm.MEMBER) && members.contains(reference.target()))
                        .map(ResourceReference::source)
                        .collect(Collectors.toSet()))
                .compose(groups -> groups.isEmpty() ? Future.succeededFuture(List.of()) : store.load(groups))
                .compose(groups -> onWorker(() ->
                        new ResourceIndex(groups.stream().map(StoredForm::read).toList())));
    }

    private Future<StoredResource> visible(Caller caller, Set<ResourceKind> kinds, long id) {
        return reconciledIfPossible().compose(done -> store.load(List.of(id))).compose(found -> {
            StoredResource resource = found.isEmpty() ? null : found.get(0);
            return resource != null
                            && kinds.contains(StoredForm.kind(resource.kind()))
                            && caller.sees(resource.project())
                    ? Future.succeededFuture(resource)
                    : Future.failedFuture(Rejections.unknown(kinds, id));
        });
    }

    /**
     * The newest versions of a resource, newest first: at most 1,000 of together 8 MiB, but at least one. Fails like {@link
     * #get}.
     */
    public Future<List<Version>> versions(Caller caller, Set<ResourceKind> kinds, long id) {
        return visible(caller, kinds, id)
                .compose(found -> store.versions(id, MOST_VERSIONS, MOST_BYTES_OF_VERSIONS))
                .compose(versions -> onWorker(
                        () -> versions.stream().map(Management::version).toList()));
    }

    /** One version of a resource. Fails like {@link #get}, and with 404 {@code unknown_version}. */
    public Future<Version> version(Caller caller, Set<ResourceKind> kinds, long id, long version) {
        return visible(caller, kinds, id)
                .compose(found -> store.version(id, version))
                .compose(found -> found == null
                        ? Future.failedFuture(new RejectedWriteException(
                                404, "unknown_version", "there is no version " + version, null))
                        : onWorker(() -> version(found)));
    }

    private static Version version(StoredVersion stored) {
        return new Version(
                StoredForm.read(stored),
                stored.version(),
                stored.compiled(),
                stored.revision(),
                stored.createdAt(),
                stored.createdBy(),
                stored.door(),
                stored.reason());
    }

    /**
     * A page of the versions of all flags and experiments that the caller may read, newest first.
     *
     * @param start inclusive
     * @param end exclusive
     * @param limit the size of the page, at least 1
     * @param cursor the offset of the page
     */
    public Future<Page<Version>> versionsBetween(Caller caller, Instant start, Instant end, int limit, long cursor) {
        List<String> kinds = texts(Set.of(ResourceKind.FLAG, ResourceKind.EXPERIMENT));
        return reconciledIfPossible()
                .compose(done -> store.versionsBetween(kinds, projects(caller), start, end, limit + 1, cursor))
                .compose(found -> onWorker(() -> page(
                        found.stream().limit(limit).map(Management::version).toList(), found.size() > limit, cursor)));
    }

    /**
     * A page of the audit entries of projects that the caller may read, newest first. Entries that are added meanwhile move no
     * page.
     *
     * @param query without projects, or with those of interest
     * @param cursor 0 for the newest entries, or the cursor of the page before
     * @param limit the size of the page, at least 1
     * @return fails with 404 {@code unknown_project} if the caller does not see a project of the query
     */
    public Future<Page<StoredAuditEntry>> audit(Caller caller, AuditQuery query, long cursor, int limit) {
        Collection<String> wanted = query.projects();
        if (wanted != null && !wanted.stream().allMatch(caller::sees)) {
            return Future.failedFuture(Rejections.unknownProject());
        }
        AuditQuery visible = query.withProjects(wanted == null ? projects(caller) : wanted);
        return reconciledIfPossible()
                .compose(done -> store.audit(visible, cursor == 0 ? Long.MAX_VALUE : cursor, limit + 1))
                .map(found -> {
                    List<StoredAuditEntry> entries = found.stream().limit(limit).toList();
                    return new Page<>(
                            entries,
                            found.size() > limit ? entries.get(limit - 1).number() : null);
                });
    }

    private <T> Future<T> onWorker(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }
}
