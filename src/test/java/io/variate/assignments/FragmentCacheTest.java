package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.Evaluation;
import org.junit.jupiter.api.Test;

/** Fragments across revisions of a ruleset. */
class FragmentCacheTest {
    private final FragmentCache cache = new FragmentCache();
    private final Evaluation unchanged = evaluation();

    @Test
    void keepsTheFragmentOfAnUnchangedFlag() {
        VariantFragment first = fragment(unchanged, 1);
        fragment(evaluation(), 2);

        assertThat(fragment(unchanged, 2)).isSameAs(first);
        assertThat(fragment(unchanged, 3)).isSameAs(first);
    }

    @Test
    void dropsFragmentsOnceMostAreOfEarlierRulesets() {
        VariantFragment first = fragment(unchanged, 1);
        long revision = 1;
        while (revision < 2_000) {
            fragment(evaluation(), ++revision);
        }

        assertThat(fragment(unchanged, revision)).isNotSameAs(first);
    }

    private VariantFragment fragment(Evaluation evaluation, long revision) {
        int[] ranks = new int[evaluation.size()];
        return cache.find(evaluation, revision, ranks).fragment(ranks[0]);
    }

    /** Of a flag that no other evaluation has. */
    private static Evaluation evaluation() {
        return Evaluation.of(Assignments.compile("""
                        [{"key": "flag", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]
                        """).planAll().read(null, "user", null));
    }
}
