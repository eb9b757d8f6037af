package io.variate.rulesets.document;

import io.variate.checks.FlagErrors;
import io.variate.checks.FlagWarnings;
import io.variate.engine.CompiledFlags;
import io.variate.json.JsonPath;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of one element, read and checked by itself. Immutable.
 *
 * @param element null if the change removes the element, or defines it with errors of form
 * @param problems of the element alone
 */
record ChangedElement(ElementChange change, @Nullable Element element, List<Problem> problems) {

    ChangedElement {
        problems = List.copyOf(problems);
    }

    /**
     * Reads an element, unless it is a known flag.
     *
     * @throws InvalidRulesetException if the definition is not JSON
     */
    static ChangedElement read(ElementChange change, KnownFlags known) {
        String definition = change.definition();
        if (definition == null) {
            return new ChangedElement(change, null, List.of());
        }
        List<Problem> found = new ArrayList<>();
        Problems place = new Problems(change.path(), found);
        Element element = read(change, RulesetReader.parse(definition), place, known);
        if (element instanceof DefinedFlag flag) {
            addCompiled(flag, place);
            FlagErrors.add(flag.flag(), place);
            FlagWarnings.add(flag.flag(), place);
            new FlagAdvice(flag, place).addOwn();
        }
        return new ChangedElement(change, element, found);
    }

    private static @Nullable Element read(
            ElementChange change, @Nullable Object json, Problems place, KnownFlags known) {
        return switch (change.kind()) {
            case FLAG -> {
                DefinedFlag flag = ProjectReader.flag(change.project(), json, place, known);
                yield flag == null || !hasKey(flag.flag().key(), change, place.member("key")) ? null : flag;
            }
            case DEPLOYMENT -> {
                Deployment deployment = DeploymentFormat.read(json, place);
                yield deployment == null || !hasKey(deployment.key(), change, place.member("key")) ? null : deployment;
            }
            case COHORT -> {
                DefinedCohort cohort = CohortDefinition.read(json, place);
                yield cohort == null || !hasKey(cohort.id(), change, place.member("id")) ? null : cohort;
            }
            case PROJECT -> ProjectSettings.read(ObjectReader.of(json, place));
        };
    }

    /** Whether the element has the key of its row, and storage can hold it. Never prints the key of a deployment. */
    private static boolean hasKey(String key, ElementChange change, Problems place) {
        boolean same = key.equals(change.key());
        if (!same) {
            place.add(
                    "",
                    change.kind() == RowKind.DEPLOYMENT
                            ? "must be the key of the deployment to replace"
                            : "must be '" + change.key() + "', the key of the "
                                    + change.kind().table() + " to replace");
        }
        StorageLimits.check(key, place);
        return same;
    }

    /** Adds what compiling the flag alone reports, with paths of this change. */
    private static void addCompiled(DefinedFlag flag, Problems place) {
        int prefix = JsonPath.flag(flag.flag().key()).length();
        Problems relative = new Problems(place.path(), place.found());
        for (Problem problem : CompiledFlags.compile(List.of(flag.flag())).problems()) {
            String rest = problem.path().substring(prefix);
            relative.addRelative(new Problem(
                    problem.severity(),
                    place.path().isEmpty() && rest.startsWith(".") ? rest.substring(1) : rest,
                    problem.reason()));
        }
    }

    RowKey rowKey() {
        return change.rowKey();
    }

    /** The key of the element in its kind and project. */
    String key() {
        return change.key();
    }

    /** Whether the change removes the element. */
    boolean isRemoval() {
        return change.definition() == null;
    }

    /** Collects problems at the path of the element. */
    Problems place(List<Problem> found) {
        return new Problems(change.path(), found);
    }

    /** Whether the stored text is that of this element. */
    boolean isStoredAs(String definition) {
        return element != null && element.definition().equals(definition);
    }

    /** Whether the change defines a deployment or a project. */
    boolean hasCredential() {
        return element instanceof Deployment || element instanceof ProjectSettings;
    }

    private boolean hasErrors() {
        return problems.stream().anyMatch(Problem::isError);
    }

    /** This change. @throws InvalidRulesetException if the element has errors of its own */
    ChangedElement requireNoErrors() {
        if (hasErrors()) {
            throw new InvalidRulesetException(problems);
        }
        return this;
    }
}
