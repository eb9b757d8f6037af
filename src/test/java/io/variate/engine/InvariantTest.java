package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Shows that an invariant that does not hold fails with a short explanation. */
class InvariantTest {

    private static final Invariant SUMS_STAY_BELOW_500 = choices -> {
        List<Integer> numbers = choices.listOf(20, () -> choices.below(1_000));
        choices.note("numbers", numbers);
        assertThat(numbers.stream().mapToInt(Integer::intValue).sum()).isLessThan(500);
    };

    @Test
    void reportsTheSimplestFailingInput() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Invariant.check(100, SUMS_STAY_BELOW_500))
                .withMessageContaining("numbers: [500]");
    }

    @Test
    void reportsTheSeedOfTheFailure() {
        long seed = 1;
        while (SUMS_STAY_BELOW_500.failure(Choices.random(seed)) == null) {
            seed++;
        }

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Invariant.check(100, SUMS_STAY_BELOW_500))
                .withMessageContaining("-Dvariate.seed=" + seed);
    }

    @Test
    void countsAnExceptionAsAFailure() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Invariant.check(1, choices -> List.of().get(choices.below(3))))
                .withMessageContaining("IndexOutOfBounds");
    }

    @Test
    void triesTheRequestedNumberOfDifferentInputs() {
        List<Integer> tried = new ArrayList<>();

        Invariant.check(50, choices -> tried.add(choices.below(Integer.MAX_VALUE)));

        assertThat(tried).hasSize(50).doesNotHaveDuplicates();
    }
}
