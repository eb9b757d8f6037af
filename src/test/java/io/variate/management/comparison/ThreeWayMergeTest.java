package io.variate.management.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ThreeWayMergeTest {
    @Test
    void mergesDifferentFields() {
        assertThat(merged("{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':1,'b':2}")).isEqualTo("{'a':2,'b':2}");
    }

    @Test
    void keepsAnEqualChangeOfBoth() {
        assertThat(merged("{'a':1}", "{'a':2}", "{'a':2}")).isEqualTo("{'a':2}");
    }

    @Test
    void reportsAFieldThatBothChangedDifferently() {
        assertThat(conflicts("{'a':{'b':1}}", "{'a':{'b':2}}", "{'a':{'b':3}}")).containsExactly("a.b");
    }

    @Test
    void reportsAFieldThatOneChangedAndTheOtherRemoved() {
        assertThat(conflicts("{'a':1}", "{}", "{'a':2}")).containsExactly("a");
    }

    @Test
    void mergesElementsByTheirKeys() {
        assertThat(merged(
                        "{'variants':[{'key':'a'},{'key':'b','n':1}]}",
                        "{'variants':[{'key':'b','n':1},{'key':'c'}]}",
                        "{'variants':[{'key':'a'},{'key':'b','n':2},{'key':'d'}]}"))
                .isEqualTo("{'variants':[{'key':'b','n':2},{'key':'c'},{'key':'d'}]}");
    }

    @Test
    void reportsAnElementThatBothAddedDifferently() {
        assertThat(conflicts("{'v':[]}", "{'v':[{'key':'a','n':1}]}", "{'v':[{'key':'a','n':2}]}"))
                .containsExactly("v.a.n");
    }

    @Test
    void takesAnotherListAsOneValue() {
        assertThat(conflicts("{'tags':['a']}", "{'tags':['a','b']}", "{'tags':['a','c']}"))
                .containsExactly("tags");
        assertThat(merged("{'tags':['a']}", "{'tags':['a']}", "{'tags':['c']}")).isEqualTo("{'tags':['c']}");
    }

    @Test
    void keepsANewOrderOfElements() {
        assertThat(merged(
                        "{'v':[{'key':'a'},{'key':'b'}]}",
                        "{'v':[{'key':'a'},{'key':'b'},{'key':'c'}]}",
                        "{'v':[{'key':'b'},{'key':'a'}]}"))
                .isEqualTo("{'v':[{'key':'b'},{'key':'a'},{'key':'c'}]}");
    }

    private static String merged(String base, String theirs, String ours) {
        ThreeWayMerge.Merged merged = ThreeWayMerge.merge(tree(base), tree(theirs), tree(ours));
        assertThat(merged.conflicts()).isEmpty();
        return Json.write(merged.tree()).replace('"', '\'');
    }

    private static Iterable<String> conflicts(String base, String theirs, String ours) {
        return ThreeWayMerge.merge(tree(base), tree(theirs), tree(ours)).conflicts();
    }

    private static Object tree(String json) {
        return Objects.requireNonNull(Json.parseExact(json.replace('\'', '"')));
    }
}
