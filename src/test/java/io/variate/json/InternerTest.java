package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;

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
}
