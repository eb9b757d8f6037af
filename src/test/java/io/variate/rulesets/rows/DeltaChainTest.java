package io.variate.rulesets.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeltaChainTest {
    private final List<RulesetRows> states = new ArrayList<>();
    private final List<RulesetDelta> deltas = new ArrayList<>();

    DeltaChainTest() {
        Random random = new Random(3);
        states.add(RulesetRows.of("h", 0, RowSet.EMPTY));
        for (int i = 1; i <= 50; i++) {
            RulesetRows before = states.get(i - 1);
            RowKey key = new RowKey(RowKind.FLAG, "p" + random.nextInt(2), "k" + random.nextInt(4));
            RowChanges changes = random.nextInt(3) == 0
                    ? new RowChanges(List.of(key), List.of())
                    : new RowChanges(List.of(), List.of(new Row(key, random.nextInt(9), "{}" + i)));
            RulesetRows after = RulesetRows.of("h", i, before.rows().apply(changes));
            states.add(after);
            deltas.add(new RulesetDelta(before.revision(), after.revision(), changes));
        }
    }

    @Test
    void appliesAllDeltasAtOnce() {
        for (int start = 0; start < 50; start++) {
            DeltaChain chain = new DeltaChain(deltas.subList(start, 50));
            assertThat(chain.applyTo(states.get(start))).isEqualTo(states.get(50));
        }
    }

    @Test
    void ordersDeltasByTheirRevisions() {
        List<RulesetDelta> shuffled = new ArrayList<>(deltas);
        Collections.shuffle(shuffled, new Random(1));
        assertThat(DeltaChain.from(states.get(20).revision(), shuffled).deltas())
                .isEqualTo(deltas.subList(20, 50));
    }

    @Test
    void endsBeforeAGap() {
        List<RulesetDelta> incomplete = new ArrayList<>(deltas);
        incomplete.remove(30);
        DeltaChain chain = DeltaChain.from(states.get(20).revision(), incomplete);
        assertThat(chain.end(states.get(20).revision()))
                .isEqualTo(states.get(30).revision());
    }

    @Test
    void isEmptyIfNoDeltaStartsThere() {
        DeltaChain chain =
                DeltaChain.from(RulesetRows.of("other", 20, RowSet.EMPTY).revision(), deltas);
        assertThat(chain.isEmpty()).isTrue();
        assertThat(chain.applyTo(states.get(7))).isSameAs(states.get(7));
    }

    @Test
    void rejectsDeltasThatAreNotConsecutive() {
        assertThatThrownBy(() -> new DeltaChain(List.of(deltas.get(1), deltas.get(0))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
