package io.variate.rulesets;

import io.variate.cohorts.UploadedCohorts;
import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes the ruleset in PostgreSQL, but never to one with errors. Thread-safe.
 *
 * <p>Each method returns a future of the outcome. It fails with {@link InvalidRulesetException}, {@link
 * UnknownElementException}, {@link io.variate.store.RevisionConflictException}, or another exception if the database fails.
 * The parameter {@code expected} is the revision that must be the current one, or null for any. With {@code force}, a change
 * may leave a deployment or the ruleset empty; otherwise it fails with {@link
 * io.variate.rulesets.document.WouldBeEmptyException}.
 */
public final class RulesetEditor {
    private static final Duration MAX_WAIT_UNTIL_SERVED = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final RulesetWriter writer;
    private final RulesetSynchronizer synchronizer;
    private final @Nullable String unnamedApiKey;
    private final UploadedCohorts uploaded;
    private final WriteOrigin origin;
    private final Consumer<RowSet> permission;

    /**
     * Writes to a database.
     *
     * @param unnamedApiKey the API key of the project without a name, which named projects must not use; or null
     * @param uploaded the uploaded cohorts, to which flags may refer
     */
    public RulesetEditor(
            Vertx vertx,
            CurrentRuleset current,
            RulesetWriter writer,
            RulesetSynchronizer synchronizer,
            @Nullable String unnamedApiKey,
            UploadedCohorts uploaded) {
        this(vertx, current, writer, synchronizer, unnamedApiKey, uploaded, WriteOrigin.UNKNOWN, rows -> {});
    }

    private RulesetEditor(
            Vertx vertx,
            CurrentRuleset current,
            RulesetWriter writer,
            RulesetSynchronizer synchronizer,
            @Nullable String unnamedApiKey,
            UploadedCohorts uploaded,
            WriteOrigin origin,
            Consumer<RowSet> permission) {
        this.vertx = vertx;
        this.current = current;
        this.writer = writer;
        this.synchronizer = synchronizer;
        this.unnamedApiKey = unnamedApiKey;
        this.uploaded = uploaded;
        this.origin = origin;
        this.permission = permission;
    }

    /** The same editor, whose changes are recorded with an origin. */
    public RulesetEditor by(WriteOrigin recorded) {
        return new RulesetEditor(vertx, current, writer, synchronizer, unnamedApiKey, uploaded, recorded, permission);
    }

    /**
     * The same editor, whose changes need a permission.
     *
     * @param required called on a worker thread with the rows before a change, which no other writer can change meanwhile.
     *     What it throws rolls the change back and fails the future
     */
    public RulesetEditor requiring(Consumer<RowSet> required) {
        return new RulesetEditor(vertx, current, writer, synchronizer, unnamedApiKey, uploaded, origin, required);
    }

    /**
     * The outcome of a change.
     *
     * @param revision the new revision, committed, and usually served by this node already
     * @param warnings what is valid but may not be intended
     */
    public record Replacement(Revision revision, List<Problem> warnings) {}

    /**
     * Replaces the whole ruleset.
     *
     * @param json a ruleset document; its own revision is ignored
     */
    public Future<Replacement> replace(String json, boolean force, @Nullable Long expected) {
        return change(
                () -> RulesetChange.replaceAll(
                        CheckedRuleset.ofDocument(json, known()).rejectKeyOfUnnamedProject(unnamedApiKey)),
                force,
                expected);
    }

    /**
     * Replaces or adds a project.
     *
     * @param project the key; empty for the project without a name
     * @param json an object with the fields of a project in a ruleset document
     */
    public Future<Replacement> replaceProject(String project, String json, boolean force, @Nullable Long expected) {
        return change(
                () -> RulesetChange.replaceProject(
                        project,
                        CheckedRuleset.ofProject(project, json, known()).rejectKeyOfUnnamedProject(unnamedApiKey)),
                force,
                expected);
    }

    /** Removes a project with everything in it. */
    public Future<Replacement> removeProject(String project, boolean force, @Nullable Long expected) {
        return change(() -> RulesetChange.removeProject(project), force, expected);
    }

    /**
     * Replaces a flag, or adds it at the end of its project. Costs only that flag and the ones that it depends on.
     *
     * @param json the flag as in a ruleset document
     */
    public Future<Replacement> replaceFlag(String project, String flag, String json, @Nullable Long expected) {
        return change(() -> RulesetChange.replaceFlag(project, flag, json, known()), true, expected);
    }

    /** Removes a flag, unless a deployment lists it or another flag depends on it. */
    public Future<Replacement> removeFlag(String project, String flag, boolean force, @Nullable Long expected) {
        return change(() -> RulesetChange.removeFlag(project, flag, known()), force, expected);
    }

    /** What this node serves, so that a check need not read and compile it again. */
    private KnownFlags known() {
        Ruleset served = current.get();
        KnownFlags flags = served == null ? KnownFlags.NONE : served.known();
        return flags.withUploadedCohorts(uploaded::ids);
    }

    private Future<Replacement> change(Callable<RulesetChange> check, boolean force, @Nullable Long expected) {
        return synchronizer
                .catchUp(MAX_WAIT_UNTIL_SERVED)
                .compose(caughtUp -> vertx.executeBlocking(check, false))
                .compose(checked -> {
                    KnownFlags flags = checked.flags();
                    current.prepare(flags);
                    RulesetChange change = force ? checked : RulesetChange.unlessEmpty(checked);
                    return write(new Edit(change, permission), expected).onComplete(over -> current.discard(flags));
                });
    }

    private Future<Replacement> write(Edit edit, @Nullable Long expected) {
        return writer.change(origin, expected, edit)
                .onSuccess(committed -> synchronizer.check())
                .compose(committed -> whenServed(committed.to()))
                .map(revision -> new Replacement(revision, edit.warnings));
    }

    /** A change as the writer applies it, whose warnings are known afterwards. */
    private static final class Edit implements Function<RowSet, RowSet> {
        private final RulesetChange change;
        private final Consumer<RowSet> permission;
        private volatile List<Problem> warnings = List.of();

        Edit(RulesetChange change, Consumer<RowSet> permission) {
            this.change = change;
            this.permission = permission;
        }

        @Override
        public RowSet apply(RowSet present) {
            permission.accept(present);
            RulesetChange.Outcome outcome = change.applyTo(present);
            warnings = outcome.warnings();
            return outcome.rows();
        }
    }

    /** Gives the client read-your-writes on this node, but does not delay the response to a committed write for long. */
    private Future<Revision> whenServed(Revision revision) {
        return current.reached(revision.number(), MAX_WAIT_UNTIL_SERVED)
                .otherwiseEmpty()
                .map(revision);
    }
}
