package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemberReaderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a\"\n\"J\\u00fcrgen\"\n\"a\"\n",
                "\"a\"\r\n\"Jürgen\"\r\n\r\n\"a\"",
                "[\"a\", \"Jürgen\", \"a\"]",
                " {\"memberIds\": [\"a\", \"Jürgen\", \"a\"]} ",
                "{\"cohortId\":\"c\",\"groupTypeId\":0,\"lastComputed\":1,\"lastModified\":1,\"size\":2,"
                        + "\"memberIds\":[\"a\",\"Jürgen\",\"a\"]}",
            })
    void readsAllThreeForms(String text) throws IOException {
        assertThat(read(text)).containsExactly("a", "Jürgen", "a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{\"memberIds\": []}"})
    void readsAnEmptyCohort(String text) throws IOException {
        assertThat(read(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"groupType\": \"org\", \"memberIds\": [\"a\"]}",
                "{\"memberIds\": [\"a\"], \"groupType\": \"org\"}"
            })
    void readsAGroupTypeBeforeOrAfterTheMembers(String text) throws IOException {
        try (MemberReader reader = reader(text)) {
            while (reader.next() != null) {
                // Reads to the end.
            }
            assertThat(reader.stated().groupType()).isEqualTo("org");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  \n",
                "alice",
                "7",
                "\"a\"\nbob",
                "\"a\"\n7",
                "\"a\", \"b\"",
                "\"a",
                "\"\"",
                "[\"a\"",
                "[\"a\"] \"b\"",
                "[\"a\", null]",
                "[[\"a\"]]",
                "{}",
                "{\"memberIds\": \"a\"}",
                "{\"memberIds\": [\"a\"]",
                "{\"memberIds\": [\"a\"], \"memberIds\": []}",
                "{\"members\": [\"a\"]}",
                "{\"groupType\": \"\", \"memberIds\": []}",
                "{\"groupType\": 7, \"memberIds\": []}",
                "{\"memberIds\": []} x",
            })
    void rejectsEverythingElse(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(InvalidCohortException.class);
    }

    @Test
    void rejectsTextThatIsNotUtf8() {
        byte[] bytes = "[\"J\u00fcrgen\"]".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> new MemberReader(new ByteArrayInputStream(bytes)).next())
                .isInstanceOf(InvalidCohortException.class);
    }

    @Test
    void acceptsIdsUpToTheLimit() throws IOException {
        String longest = "x".repeat(1_024);

        assertThat(read("[\"" + longest + "\"]")).containsExactly(longest);
        assertThatThrownBy(() -> read("[\"" + longest + "x\"]")).isInstanceOf(InvalidCohortException.class);
        assertThatThrownBy(() -> read("[\"" + "x".repeat(100_000) + "\"]")).isInstanceOf(InvalidCohortException.class);
    }

    @Test
    void reportsThePositionOfAnErrorWithoutTheInput() {
        assertThatThrownBy(() -> read("\"alice\"\n\"bob\"\nsecret"))
                .hasMessageContaining("line 3")
                .hasMessageNotContaining("secret");
    }

    private static List<String> read(String text) throws IOException {
        List<String> ids = new ArrayList<>();
        try (MemberReader reader = reader(text)) {
            for (CharSequence id = reader.next(); id != null; id = reader.next()) {
                ids.add(id.toString());
            }
        }
        return ids;
    }

    private static MemberReader reader(String text) throws IOException {
        return new MemberReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
