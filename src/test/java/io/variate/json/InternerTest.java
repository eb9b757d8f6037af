package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;

class InternerTest {

    @Test
    void returnsTheSameObjectForEqualValues() {
        List<String> first = List.of("interned", "once");

        assertThat(Interner.SHARED.share(first)).isSameAs(Interner.SHARED.share(List.of("interned", "once")));
    }

    @Test
    void distinguishesValuesWithOneHash() {
        assertThat(Interner.SHARED.share("AaBB")).isEqualTo("AaBB");
        assertThat(Interner.SHARED.share("BBAa")).isEqualTo("BBAa");
    }

    @Test
    void keepsNoValueInMemory() {
        WeakReference<byte[]> shared = sharedAndForgotten();

        Await.until("the value is collected", () -> {
            System.gc();
            return shared.get() == null;
        });
    }

    private static WeakReference<byte[]> sharedAndForgotten() {
        byte[] value = new byte[1000];
        return new WeakReference<>(Interner.SHARED.share(value));
    }
}
