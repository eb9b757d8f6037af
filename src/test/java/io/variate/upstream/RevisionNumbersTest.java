package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.upstream.RevisionNumbers.Read;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RevisionNumbersTest {
    private static final boolean SAME = true;
    private static final boolean OTHER = false;

    private final AtomicLong now = new AtomicLong();
    private final RevisionNumbers numbers = new RevisionNumbers(now::get);

    private static Read at(long revision) {
        return mixed(revision, revision);
    }

    private static Read mixed(long lowest, long highest) {
        return new Read(lowest, highest, false, true);
    }

    private static Read partial(long revision) {
        return new Read(revision, revision, true, true);
    }

    private static Read withoutRevision() {
        return new Read(null, null, false, false);
    }

    private void wait(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void countsChangesOfAnUpstreamWithoutRevisions() {
        assertThat(numbers.number(null, OTHER, withoutRevision())).isEqualTo(1);
        assertThat(numbers.number(1L, SAME, withoutRevision())).isEqualTo(1);
        assertThat(numbers.number(1L, OTHER, withoutRevision())).isEqualTo(2);
    }

    @Test
    void doesNotWaitForSetsOfAnUpstreamWithoutRevisions() {
        assertThat(numbers.awaitsOthers(1L, new Read(null, null, true, false))).isFalse();
    }

    @Test
    void takesTheRevisionOfTheUpstream() {
        assertThat(numbers.awaitsOthers(null, at(41))).isFalse();
        assertThat(numbers.number(null, OTHER, at(41))).isEqualTo(41);
        assertThat(numbers.number(41L, OTHER, at(43))).isEqualTo(43);
        assertThat(numbers.number(43L, SAME, at(44))).isEqualTo(44);
        assertThat(numbers.number(44L, SAME, at(44))).isEqualTo(44);
    }

    @Test
    void awaitsSetsOfOneRevision() {
        assertThat(numbers.awaitsOthers(41L, mixed(42, 43))).isTrue();
        assertThat(numbers.awaitsOthers(41L, at(43))).isFalse();
        assertThat(numbers.number(41L, OTHER, at(43))).isEqualTo(43);
    }

    @Test
    void takesTheLowestRevisionWhileTheUpstreamChangesAllTheTime() {
        assertThat(numbers.awaitsOthers(41L, mixed(42, 43))).isTrue();
        wait(RevisionNumbers.MAX_MIX_WAIT);

        assertThat(numbers.awaitsOthers(41L, mixed(44, 45))).isFalse();
        assertThat(numbers.number(41L, OTHER, mixed(44, 45))).isEqualTo(44);
        assertThat(numbers.awaitsOthers(44L, mixed(45, 46))).isTrue();
    }

    @Test
    void neverCountsBeyondASetThatIsStillAtTheServedRevision() {
        assertThat(numbers.awaitsOthers(41L, mixed(41, 42))).isTrue();
        wait(Duration.ofHours(1));

        assertThat(numbers.awaitsOthers(41L, mixed(41, 42))).isTrue();
    }

    @Test
    void neverCountsBeyondASetThatWasNotRead() {
        assertThat(numbers.awaitsOthers(41L, partial(42))).isTrue();
        wait(Duration.ofHours(1));

        assertThat(numbers.awaitsOthers(41L, partial(42))).isTrue();
    }

    @Test
    void awaitsAnyRevisionOfAnUpstreamThatReportsThem() {
        assertThat(numbers.awaitsOthers(41L, new Read(null, null, false, true))).isTrue();
    }

    @Test
    void servesOtherFlagsOfTheServedRevisionAfterAChangeOfSettings() {
        assertThat(numbers.awaitsOthers(41L, at(41))).isFalse();
        assertThat(numbers.number(41L, OTHER, at(41))).isEqualTo(42);
    }

    @Test
    void servesOlderFlagsOnlyOfAnUpstreamThatStaysBehind() {
        assertThat(numbers.number(50L, OTHER, at(49))).isNull();
        wait(RevisionNumbers.MAX_LAG.minusMillis(1));
        assertThat(numbers.number(50L, OTHER, at(49))).isNull();
        wait(Duration.ofMillis(1));

        assertThat(numbers.number(50L, OTHER, at(49))).isEqualTo(51);
    }

    @Test
    void forgetsALagThatIsOver() {
        assertThat(numbers.number(50L, OTHER, at(49))).isNull();
        assertThat(numbers.number(50L, SAME, at(50))).isEqualTo(50);
        wait(RevisionNumbers.MAX_LAG);

        assertThat(numbers.number(50L, OTHER, at(49))).isNull();
    }

    @Test
    void followsARestoredUpstreamWithoutFurtherDelay() {
        numbers.number(50L, OTHER, at(10));
        wait(RevisionNumbers.MAX_LAG);

        assertThat(numbers.number(50L, OTHER, at(10))).isEqualTo(51);
        assertThat(numbers.number(51L, OTHER, at(11))).isEqualTo(52);
        assertThat(numbers.number(52L, SAME, at(12))).isEqualTo(52);
        assertThat(numbers.number(52L, OTHER, at(60))).isEqualTo(60);
    }

    @Test
    void keepsTheNumberOfThePreviousLeader() {
        assertThat(numbers.number(50L, SAME, at(50))).isEqualTo(50);
        assertThat(numbers.number(50L, OTHER, at(51))).isEqualTo(51);
    }

    @Test
    void doesNotKnowTheUpstreamAfterAReset() {
        numbers.number(50L, SAME, at(10));
        numbers.reset();

        assertThat(numbers.number(50L, OTHER, at(11))).isNull();
    }
}
