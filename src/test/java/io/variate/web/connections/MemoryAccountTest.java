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
}
