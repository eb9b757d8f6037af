package io.variate.management.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeDiffTest {
    @Test
    void findsNothingBetweenEqualTrees() {
        assertThat(diff("{'a':[1,{'b':2}]}", "{'a':[1,{'b':2}]}")).isEmpty();
    }

    @Test
    void namesFieldsByTheirPath() {
        assertThat(diff("{'a':{'b':1},'c':1}", "{'a':{'b':2},'d':1}"))
                .containsExactly(
                        new FieldChange("a.b", 1L, 2L), new FieldChange("c", 1L, null), new FieldChange("d", null, 1L));
    }

    @Test
    void namesElementsByTheirKeys() {
        assertThat(diff("{'v':[{'key':'x','n':1}]}", "{'v':[{'key':'x','n':2}]}"))
                .containsExactly(new FieldChange("v.x.n", 1L, 2L));
    }

    @Test
    void reportsANewOrderOfElements() {
        assertThat(diff("{'v':[{'key':'x'},{'key':'y'}]}", "{'v':[{'key':'y'},{'key':'x'}]}"))
                .extracting(FieldChange::path)
                .containsExactly("v");
    }

    private static List<FieldChange> diff(String before, String after) {
        return TreeDiff.between(Json.parseExact(before.replace('\'', '"')), Json.parseExact(after.replace('\'', '"')));
    }
}
