package io.variate.web.connections;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryAccountTest {
    @Test
    void rejectsBytesOverTheLimitAndTakesNone() {
        MemoryAccount account = new MemoryAccount(100);

        assertThat(account.take(60)).isTrue();
        assertThat(account.take(41)).isFalse();
        assertThat(account.used()).isEqualTo(60);
        assertThat(account.take(40)).isTrue();
    }

    @Test
    void chargesAPartToTheWhole() {
        MemoryAccount account = new MemoryAccount(100);
        MemoryAccount part = account.part(30);

        assertThat(part.take(30)).isTrue();
        assertThat(part.take(1)).as("more than the limit of the part").isFalse();
        assertThat(account.take(71)).as("more than the rest of the whole").isFalse();
        part.release(30);
        assertThat(account.used()).isZero();
    }

    @Test
    void leavesAPartUnchangedIfTheWholeIsFull() {
        MemoryAccount account = new MemoryAccount(100);
        MemoryAccount part = account.part(30);
        account.take(90);

        assertThat(part.take(20)).isFalse();
        assertThat(part.used()).isZero();
    }

    @Test
    void keepsItsReserveForThoseThatMayTakeIt() {
        MemoryAccount account = new MemoryAccount(100, 10);

        assertThat(account.take(91)).isFalse();
        assertThat(account.take(90)).isTrue();
        assertThat(account.take(1)).isFalse();
        assertThat(account.takeReserved(10)).isTrue();
        assertThat(account.takeReserved(1)).isFalse();
        account.release(10);
        assertThat(account.takeReserved(10)).as("the reserve is free again").isTrue();
    }

    @Test
    void aPartKeepsTheReserveOfTheWhole() {
        MemoryAccount account = new MemoryAccount(100, 10);
        MemoryAccount part = account.part(75, 5);
        MemoryAccount unreserved = part.part(60);
        account.take(25);

        assertThat(part.take(66)).as("the reserve of the whole").isFalse();
        assertThat(part.take(65)).isTrue();
        assertThat(unreserved.take(1)).isFalse();
        assertThat(part.takeReserved(10)).isTrue();
        assertThat(part.used()).isEqualTo(75);
    }

    @Test
    void memoryThatIsBeingReclaimedDoesNotOpenTheReserve() {
        MemoryAccount account = new MemoryAccount(100, 10);
        account.take(90);
        account.startReclaim(60);

        assertThat(account.take(51)).isFalse();
        assertThat(account.takeReserved(60)).isTrue();
        account.finishReclaim(60);
        assertThat(account.used()).isEqualTo(90);
    }

    @Test
    void takesNothingEvenWhileTheReserveIsInUse() {
        MemoryAccount account = new MemoryAccount(100, 10);
        account.takeReserved(95);

        assertThat(account.take(0)).isTrue();
        assertThat(account.take(1)).isFalse();
    }
}
