package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Problem;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.testing.Mistake;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes by way of changes of single elements, as management makes them. */
class MistakesTest {
    private static List<Mistake> mistakes() {
        return Mistake.all();
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void reportsTheMistakeInTheElementsThatChange(Mistake mistake) {
        RowSet present = rows(mistake.before());
        List<ElementChange> changes = changes(present, rows(mistake.after()));

        List<Problem> found;
        Mistake.Outcome outcome;
        try {
            found = RulesetChange.elements(changes, KnownFlags.NONE, false)
                    .applyTo(present)
                    .warnings();
            outcome = Mistake.Outcome.WARNING;
        } catch (InvalidRulesetException e) {
            found = e.problems();
            outcome = Mistake.Outcome.ERROR;
        } catch (WouldBeEmptyException e) {
            found = e.problems();
            outcome = Mistake.Outcome.WOULD_BE_EMPTY;
        }

        assertThat(outcome).as(found.toString()).isEqualTo(mistake.outcome());
        assertThat(found).extracting(Problem::path).contains(mistake.path());
        assertThat(found).extracting(Problem::reason).anyMatch(reason -> reason.startsWith(mistake.reason()));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void writesAnotherElementBesideAStoredMistake(Mistake mistake) {
        RowSet present = rows(mistake.after());
        String other = "{\"key\":\"other\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]}";
        ElementChange change = new ElementChange(RowKind.FLAG, "", "other", other, "");

        assertThat(RulesetChange.elements(List.of(change), KnownFlags.NONE, false)
                        .applyTo(present)
                        .warnings())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void keepsAStoredMistakeInADocumentThatChangesSomethingElse(Mistake mistake) {
        RowSet present = rows(mistake.after());
        String other =
                "{\"key\":\"other\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]},";
        String document = mistake.after().replace("\"flags\":[{", "\"flags\":[" + other + "{");
        CheckedRuleset checked = CheckedRuleset.ofDocument(document);

        if (!mistake.path().startsWith("deployments")) {
            assertThat(RulesetChange.replaceAll(checked).applyTo(present).warnings())
                    .noneMatch(Problem::isError);
        }
    }

    private static RowSet rows(@Nullable String document) {
        return document == null
                ? RowSet.EMPTY
                : RulesetReader.read(document).document().toRowSet(RowSet.EMPTY);
    }

    private static List<ElementChange> changes(RowSet before, RowSet after) {
        List<ElementChange> changes = new ArrayList<>();
        before.changesTo(after)
                .removed()
                .forEach(key -> changes.add(new ElementChange(key.kind(), key.project(), key.key(), null, "")));
        for (Row row : before.changesTo(after).changed()) {
            changes.add(new ElementChange(
                    row.key().kind(), row.key().project(), row.key().key(), row.definition(), path(row)));
        }
        return changes;
    }

    private static String path(Row row) {
        return switch (row.key().kind()) {
            case FLAG -> "flags." + row.key().key();
            case COHORT -> "cohorts." + row.key().key();
            case DEPLOYMENT -> "deployments.shop";
            case PROJECT -> "";
        };
    }
}
