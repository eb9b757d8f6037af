package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.Problem;
import io.variate.rulesets.RulesetDocument.DefinedFlag;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Replaces the ruleset in PostgreSQL, but only by one that works as written; thread-safe. */
public final class RulesetEditor {
    private final Vertx vertx;
    private final CurrentRuleset current;
    private final PostgresRulesetSource source;
    private final RulesetSynchronizer synchronizer;

    /** Writes to the database that the source reads. */
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
     * @param json a ruleset document; its own revision is not used
     * @param expected the revision that must be the current one, or null for any
     * @return what came of it; fails with {@link InvalidRulesetException}, with
     *     {@link io.variate.store.RevisionConflictException}, or otherwise if the database does not do its part
     */
    public Future<Replacement> replace(String json, @Nullable Long expected) {
        return vertx.executeBlocking(() -> validated(json), false).compose(validated -> store(validated, expected));
    }

    /**
     * What came of a replacement.
     *
     * @param revision the new one, committed, and as a rule served by this node already
     * @param warnings what works but may not be meant so
     */
    public record Replacement(long revision, List<Problem> warnings) {}

    private record Validated(RulesetDocument document, List<Problem> warnings) {}

    private Future<Replacement> store(Validated validated, @Nullable Long expected) {
        return source.replace(validated.document().toRows(), expected)
                .onSuccess(revision -> synchronizer.check())
                .compose(this::whenServed)
                .map(revision -> new Replacement(revision, validated.warnings()));
    }

    /** Lets whoever wrote read the own write on this node, but does not make a committed write wait for long. */
    private Future<Long> whenServed(long revision) {
        return current.reached(revision)
                .timeout(1, TimeUnit.SECONDS)
                .otherwiseEmpty()
                .map(revision);
    }

    private static Validated validated(String json) {
        RulesetReader.Reading reading = RulesetReader.read(json);
        List<Problem> problems = new ArrayList<>(reading.problems());
        problems.addAll(CompiledFlags.compile(reading.document().flags().stream()
                        .map(DefinedFlag::flag)
                        .toList())
                .problems());
        if (problems.stream().noneMatch(Problem::isError)) {
            // Not before, for the paths count what the document lists, and what is wrong has been left out of it.
            StorableDocument.check(reading.document(), problems);
        }
        if (problems.stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(problems);
        }
        return new Validated(reading.document(), problems);
    }
}
