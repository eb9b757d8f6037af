package io.variate.http.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeySearchTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"api_key\":\"k\"",
                " {\n\"api_key\" : \"k\" , \"events\"",
                "{\"options\":{\"min_id_length\":1,\"a\":[\"]}\",\"\\\"\"]},\"api_key\":\"k\"}",
                "{\"a\":null,\"b\":-1.5e3,\"c\":true,\"api_key\":\"k\"}",
                "{\"events\":[{\"api_key\":\"other\"}],\"api_key\":\"k\"}",
            })
    void findsTheKeyOfTheOuterObject(String start) {
        assertThat(ApiKeySearch.find(start.getBytes(UTF_8))).isEqualTo("k");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"api_key\":\"k",
                "{\"api_key\":7}",
                "{\"api_key\":\"\\u006b\"}",
                "[\"api_key\",\"k\"]",
                "{\"events\":[{\"api_key\":\"k\"}",
                "{\"a\":\"\\\"api_key\\\":\\\"k\\\"\"}",
                "}{\"api_key\":\"k\"}",
            })
    void findsNoKeyInAnIncompleteText(String start) {
        assertThat(ApiKeySearch.find(start.getBytes(UTF_8))).isNull();
    }

    @Test
    void readsDeepNestingInLinearTime() {
        String deep = "{\"a\":" + "[".repeat(100_000);

        assertThat(ApiKeySearch.find(deep.getBytes(UTF_8))).isNull();
    }
}
