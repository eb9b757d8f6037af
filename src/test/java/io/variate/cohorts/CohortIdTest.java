package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CohortIdTest {

    @Test
    void theUnnamedProjectHasTheIdAsItsTextForm() {
        assertThat(new CohortId("", "a/b \"").text()).isEqualTo("a/b \"");
        assertThat(CohortId.parse("a/b \"")).isEqualTo(new CohortId("", "a/b \""));
    }

    @Test
    void aNamedProjectPrecedesTheIdInTheTextForm() {
        assertThat(new CohortId("shop", "beta").text()).isEqualTo("shop\u001Fbeta");
        assertThat(CohortId.parse("shop\u001Fbeta")).isEqualTo(new CohortId("shop", "beta"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001F", "\u001Fbeta", "shop\u001F", "shop\u001Fbe\u001Fta", "shop\u001F\u001F"})
    void aTextWithoutProjectOrWithSeveralSeparatorsIsNoId(String text) {
        assertThat(CohortId.parse(text)).isNull();
    }

    @Test
    void noPartContainsTheSeparator() {
        assertThatThrownBy(() -> new CohortId("", "shop\u001Fbeta")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CohortId("a\u001Fb", "beta")).isInstanceOf(IllegalArgumentException.class);
    }
}
