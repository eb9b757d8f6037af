package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.rulesets.rows.Digest;
import io.variate.rulesets.rows.Revision;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entity tags of revisions. */
class RevisionTagTest {
    private static final Revision REVISION =
            new Revision("history", 7, Digest.parse("0123456789abcdeffedcba9876543210"));

    @Test
    void consistsOfTheNumberAndTheStartOfTheDigest() {
        assertThat(RevisionTag.of(REVISION)).isEqualTo("\"7-0123456789abcdef\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"7-0123456789abcdef\"",
                "7-0123456789abcdef",
                "W/\"7-0123456789abcdef\"",
                " \"7-0123456789abcdef\" ",
                "\"7\"",
                "7",
                "W/\"7\""
            })
    void matchesItsRevision(String header) {
        assertThat(read(header).matches(REVISION)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"7-0123456789abcdee\"", "\"8-0123456789abcdef\"", "\"8\"", "\"7-fedcba9876543210\""})
    void doesNotMatchAnotherNumberOrDigest(String header) {
        assertThat(read(header).matches(REVISION)).isFalse();
    }

    @Test
    void anyRevisionHasNoTag() {
        assertThat(RevisionTag.read(List.of())).isNull();
        assertThat(RevisionTag.read(List.of(" * "))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"7",
                "7\"",
                "\"7-\"",
                "\"7-0123\"",
                "\"7-0123456789ABCDEF\"",
                "\"7-0123456789abcdef0\"",
                "\"-0123456789abcdef\"",
                "\"7-0123456789abcdef\", \"8\"",
                "\"7\ud800\"",
                "\"7\u0000\"",
                "\"1234567890123456789\"",
                "**"
            })
    void rejectsEverythingElse(String header) {
        assertThatThrownBy(() -> RevisionTag.read(List.of(header)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("If-Match");
    }

    @Test
    void rejectsTwoHeaders() {
        assertThatThrownBy(() -> RevisionTag.read(List.of("\"7\"", "*"))).isInstanceOf(IllegalArgumentException.class);
    }

    private static RevisionTag read(String header) {
        return Objects.requireNonNull(RevisionTag.read(List.of(header)));
    }
}
