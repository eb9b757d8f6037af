package io.variate.rulesets.document;

import io.variate.engine.CompiledFlags;
import io.variate.json.Problem;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A ruleset document with everything that is wrong with it, for those who write flags. Immutable; making one needs
 * nothing running, but takes time.
 */
public final class CheckedRuleset {
    private final RulesetDocument document;
    private final CompiledFlags flags;
    private final List<Problem> problems;

    private CheckedRuleset(RulesetReader.Reading reading) {
        document = reading.document();
        flags = CompiledFlags.compile(
                document.flags().stream().map(DefinedFlag::flag).toList());
        List<Problem> found = new ArrayList<>(reading.problems());
        found.addAll(flags.problems());
        found.addAll(FlagAdvice.ofStubs(document));
        found.addAll(FlagAdvice.ofPatterns(document));
        found.addAll(FlagAdvice.ofNumbers(document));
        if (found.stream().noneMatch(Problem::isError)) {
            // Not before, for the paths count what the document lists, and what is wrong has been left out of it.
            StorageLimits.check(document, found);
        }
        problems =
                found.stream().sorted(Comparator.comparing(Problem::severity)).toList();
    }

    /**
     * Checks a document.
     *
     * @throws InvalidRulesetException if the text is not JSON, or not an object
     */
    public static CheckedRuleset ofDocument(String json) {
        return new CheckedRuleset(RulesetReader.read(json));
    }

    /**
     * Checks a document, or a mere list of flags, which counts as a document with nothing else.
     *
     * @throws InvalidRulesetException if the text is not JSON, or neither of them
     */
    public static CheckedRuleset ofDocumentOrFlags(String json) {
        return new CheckedRuleset(RulesetReader.readDocumentOrFlags(json));
    }

    /** What could be read of the document. */
    public RulesetDocument document() {
        return document;
    }

    /** All flags that could be read, whatever the deployments. */
    public CompiledFlags flags() {
        return flags;
    }

    /** What is wrong and where, errors first. */
    public List<Problem> problems() {
        return problems;
    }
}
