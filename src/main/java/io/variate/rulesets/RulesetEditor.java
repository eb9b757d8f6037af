package io.variate.rulesets;

import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.EncodedRuleset;
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

/** Replaces the ruleset in PostgreSQL, but only by one that works as written; thread-safe. */
public final class RulesetEditor {
    private static final Duration AT_MOST = Duration.ofSeconds(1);

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
        return current.reached(revision, AT_MOST).otherwiseEmpty().map(revision);
    }

    private Validated validated(String json) {
        CheckedRuleset checked = CheckedRuleset.ofDocument(json);
        if (checked.problems().stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(checked.problems());
        }
        List<Problem> warnings = new ArrayList<>(checked.problems());
        EncodedRuleset served = current.encoded();
        if (served != null) {
            RulesetDocument before = RulesetReader.read(served.json()).document();
            warnings.addAll(FlagAdvice.ofVersions(before, checked.document()));
        }
        return new Validated(checked.document(), warnings);
    }
}
