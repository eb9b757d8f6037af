package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.management.access.Caller;
import io.variate.management.access.Role;
import io.variate.management.access.Scope;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RightsTest {
    private static final Caller EDITOR_OF_WEB =
            new Caller("editor", Role.EDITOR, new Scope(Set.of(), Set.of("web"), Set.of()));

    @Test
    void aFlagOfAnotherDeploymentCannotBeWritten() {
        RowSet rows = RowSet.of(List.of(deployment("web", "a"), deployment("app", "a")));

        assertThatThrownBy(() -> Rights.requireWrite(EDITOR_OF_WEB, "", "a", rows))
                .isInstanceOf(Rights.MissingRightException.class);
    }

    @Test
    void aDeploymentWithAllFlagsListsEachOfThem() {
        RowSet rows = RowSet.of(List.of(deployment("web", "a"), deployment("app", "*")));

        assertThatThrownBy(() -> Rights.requireWrite(EDITOR_OF_WEB, "", "a", rows))
                .isInstanceOf(Rights.MissingRightException.class);
    }

    @Test
    void aFlagOfNoOtherDeploymentCanBeWritten() {
        RowSet rows = RowSet.of(List.of(deployment("web", "a"), deployment("app", "b")));

        assertThatCode(() -> Rights.requireWrite(EDITOR_OF_WEB, "", "a", rows)).doesNotThrowAnyException();
    }

    @Test
    void aCallerWithoutLimitsWritesEverything() {
        RowSet rows = RowSet.of(List.of(deployment("web", "a")));

        assertThatCode(() -> Rights.requireWrite(Caller.admin(), "", "a", rows)).doesNotThrowAnyException();
    }

    private static Row deployment(String label, String flag) {
        return new Row(
                new RowKey(RowKind.DEPLOYMENT, "", "key-" + label),
                1,
                "{\"key\":\"key-" + label + "\",\"label\":\"" + label + "\",\"type\":\"server\",\"flags\":[\"" + flag
                        + "\"]}");
    }
}
