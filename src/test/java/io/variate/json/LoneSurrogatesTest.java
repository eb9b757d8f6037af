package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoneSurrogatesTest {
    @Test
    void escapesALoneSurrogate() {
        assertThat(LoneSurrogates.escape("\"a\ud800b\udc00\"")).isEqualTo("\"a\\ud800b\\udc00\"");
    }

    @Test
    void keepsASurrogatePair() {
        assertThat(LoneSurrogates.escape("\"\ud800😀\udc00😀\"")).isEqualTo("\"\\ud800😀\\udc00😀\"");
    }

    @Test
    void returnsOrdinaryTextUnchanged() {
        String text = "{\"key\":\"ü😀\"}";
        assertThat(LoneSurrogates.escape(text)).isSameAs(text);
    }
}
