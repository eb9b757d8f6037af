package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users that no client should send: each is refused with its place and a reason, or read as JSON says. */
@Timeout(60)
class BadUsersTest {

    private static final int MEGABYTES_10 = 10_000_000;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "none",
            textBlock = """
            # text                                        | path                        | reason
            ``                                            | $                           | ends too early
            user                                          | $                           | expected a value
            null                                          | $                           | must be a JSON object
            []                                            | $                           | must be a JSON object
            "user"                                        | $                           | must be a JSON object
            {                                             | $                           | ends too early
            {"user_id":"u                                 | $.user_id                   | ends inside a string
            {"user_id":"u"                                | $                           | ends too early
            {"user_id":"u",}                              | $                           | key in double quotes
            {"user_id":"u"} {}                            | $                           | more text
            {"user_id":"u\\x"}                            | $.user_id                   | no such escape
            {"user_id":"\\ud8"}                           | $.user_id                   | four hexadecimal digits
            {"user_id":'u'}                               | $.user_id                   | expected a value
            {user_id:"u"}                                 | $                           | key in double quotes
            {"user_properties":{"a":[1,2,{"b":nul}]}}     | $.user_properties.a[2].b    | expected a value
            {"user_properties":{"a b":tru}}               | $.user_properties["a b"]    | expected a value
            {"user_properties":{"a":NaN}}                 | $.user_properties.a         | expected a value
            {"user_properties":{"a":-Infinity}}           | $.user_properties.a         | expected a digit
            {"user_properties":{"a":+1}}                  | $.user_properties.a         | expected a value
            {"user_properties":{"a":01}}                  | $.user_properties.a         | superfluous zero
            {"user_properties":{"a":1.}}                  | $.user_properties.a         | ends too early|expected a digit
            {"user_properties":{"a":1e}}                  | $.user_properties.a         | expected a digit
            {"user_properties":{"a":0x10}}                | $.user_properties           | comma
            {"user_properties":{"a":1_000}}               | $.user_properties           | comma
            {"groups":{"org":["x",]}}                     | $.groups.org[1]             | expected a value
            {"groups":{"org":["x"}}                       | $.groups.org                | comma
            {"group_properties":{"org":{"x":{"a":}}}}     | $.group_properties.org.x.a  | expected a value
            {"cohort_ids":["a" "b"]}                      | $.cohort_ids                | comma
            {"unknown":[1,2,}                             | $.unknown[2]                | expected a value
            """)
    void areRefusedWithPlaceAndReason(String text, String path, String reason) {
        JsonException refusal = refusalOf(text);

        assertThat(refusal.path()).isEqualTo(path);
        assertThat(refusal).hasMessageContaining(reason);
    }
}
