package io.variate.rulesets;

import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.FlagAdvice;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetDocument;
import io.variate.rulesets.document.RulesetReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replaces the ruleset in PostgreSQL, but only by a document without errors. Thread-safe. */
public final class RulesetEditor {
    private static final Duration MAX_WAIT_UNTIL_SERVED = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final CurrentRuleset current;
    private final PostgresRulesetSource source;
    private final RulesetSynchronizer synchronizer;

    /** Writes to the database of {@code source}. */
    public RulesetEditor(
            Vertx vertx, CurrentRuleset current, PostgresRulesetSource source, RulesetSynchronizer synchronizer) {
        this.vertx = vertx;
        this.current = current;
        this.source = source;
        this.synchronizer = synchronizer;
    }

    /**
     * Replaces the whole ruleset.
     *
     * @param json a ruleset document; its own revision is ignored
     * @param expected the revision that must be the current one, or null for any
     * @return the outcome; fails with {@link InvalidRulesetException}, {@link
     *     io.variate.store.RevisionConflictException}, or another exception if the database fails
     */
    public Future<Replacement> replace(String json, @Nullable Long expected) {
        return vertx.executeBlocking(() -> validate(json), false).compose(valid -> store(valid, expected));
    }

    /**
     * The outcome of a replacement.
     *
     * @param revision the new revision, committed, and usually served by this node already
     * @param warnings what is valid but may not be intended
     */
    public record Replacement(long revision, List<Problem> warnings) {}

    /** A document without errors, compiled. */
    record Valid(PreparedRuleset prepared, List<Problem> warnings) {}

    Future<Replacement> store(Valid valid, @Nullable Long expected) {
        current.prepare(valid.prepared());
        return source.replace(valid.prepared().rows(), expected)
                .onSuccess(revision -> synchronizer.check())
                .compose(this::whenServed)
                .map(revision -> new Replacement(revision, valid.warnings()))
                .onComplete(done -> current.discard(valid.prepared()));
    }

    /** Gives the client read-your-writes on this node, but does not delay the response to a committed write for long. */
    private Future<Long> whenServed(long revision) {
        return current.reached(revision, MAX_WAIT_UNTIL_SERVED).otherwiseEmpty().map(revision);
    }

    Valid validate(String json) {
        CheckedRuleset checked = CheckedRuleset.ofDocument(json);
        if (checked.problems().stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(checked.problems());
        }
        List<Problem> warnings = new ArrayList<>(checked.problems());
        Ruleset served = current.get();
        if (served != null) {
            RulesetDocument before = RulesetReader.read(served.encoded().json()).document();
            warnings.addAll(FlagAdvice.ofVersions(before, checked.document()));
        }
        return new Valid(new PreparedRuleset(checked.document().toRows(), current.compile(checked)), warnings);
    }
}
