package io.variate.rulesets.document;

import io.variate.engine.CompiledFlags;
import io.variate.json.Problem;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A ruleset document, compiled, with all its problems, for authors of flags. Immutable. Needs no running node; checking is
 * expensive.
 */
public final class CheckedRuleset {
    private final RulesetDocument document;
    private final CompiledFlags flags;
    private final List<Problem> problemsOfContent;
    private final List<Problem> problems;

    private CheckedRuleset(RulesetReader.Reading reading) {
        document = reading.document();
        flags = CompiledFlags.compile(
                document.flags().stream().map(DefinedFlag::flag).toList());
        List<Problem> found = new ArrayList<>(reading.problems());
        found.addAll(flags.problems());
        problemsOfContent = List.copyOf(found);
        found.addAll(FlagAdvice.ofStubs(document));
        found.addAll(FlagAdvice.ofPatterns(document));
        found.addAll(FlagAdvice.ofNumbers(document));
        if (found.stream().noneMatch(Problem::isError)) {
            // Invalid elements are left out of the document, so before this its indexes differ from those of the text.
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
     * Checks a document, or a list of flags, which stands for a document with these flags only.
     *
     * @throws InvalidRulesetException if the text is not JSON, or neither an object nor a list
     */
    public static CheckedRuleset ofDocumentOrFlags(String json) {
        return new CheckedRuleset(RulesetReader.readDocumentOrFlags(json));
    }

    /** The valid part of the document. */
    public RulesetDocument document() {
        return document;
    }

    /** All valid flags, independent of deployments. */
    public CompiledFlags flags() {
        return flags;
    }

    /** The problems that a running node reports as well: elements left out, and conditions that never hold. */
    public List<Problem> problemsOfContent() {
        return problemsOfContent;
    }

    /** All problems with their paths, errors first, including advice for authors. */
    public List<Problem> problems() {
        return problems;
    }
}
