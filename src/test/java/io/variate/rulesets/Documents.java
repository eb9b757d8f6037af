package io.variate.rulesets;

import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RulesetReader;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Rulesets from documents. */
public final class Documents {
    private static final String HISTORY = "documents";

    private Documents() {}

    /** The rows of a document. */
    public static RulesetRows rows(long revision, String json) {
        return rows(revision, json, null);
    }

    /** The rows of a document, with the instances of earlier rows where they are equal. */
    public static RulesetRows rows(long revision, String json, @Nullable RulesetRows earlier) {
        RowSet present = earlier == null ? RowSet.EMPTY : earlier.rows();
        return RulesetRows.of(
                HISTORY, revision, RulesetReader.read(json).document().toRowSet(present));
    }

    /** A document, compiled for a zone. */
    public static Ruleset compile(long revision, String json, String zone) {
        return new RulesetCompiler(zone).compile(rows(revision, json), null, KnownFlags.NONE);
    }

    /** Offers a document to a node without sources. */
    public static Future<Boolean> offer(CurrentRuleset current, long revision, String json) {
        return current.offer(rows(revision, json, current.rows()), Origin.FILE);
    }
}
