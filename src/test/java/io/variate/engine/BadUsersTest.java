package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid and unusual users: rejected with path and reason, or read as JSON defines, but never a failure. */
@Timeout(60)
class BadUsersTest {

    private static final String JSON = "{}[]\",:\\u0e-tfn";
    private static final int TEN_MEGABYTES = 10_000_000;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # text                                      | path                       | reason
            ``                                          | $                          | unexpected end of the text
            user                                        | $                          | expected a value
            null                                        | $                          | must be a JSON object
            []                                          | $                          | must be a JSON object
            "user"                                      | $                          | must be a JSON object
            {                                           | $                          | unexpected end of the text
            {"user_id":"u                               | $.user_id                  | ends inside a string
            {"user_id":"u",}                            | $                          | expected a key
            {"user_id":"u"} {}                          | $                          | unexpected text after the end
            {"user_id":"u\\x"}                          | $.user_id                  | unknown escape sequence
            {"user_id":"\\ud8"}                         | $.user_id                  | four hexadecimal digits
            {"user_id":'u'}                             | $.user_id                  | expected a value
            {user_id:"u"}                               | $                          | expected a key
            {"user_properties":{"a":[1,2,{"b":nul}]}}   | $.user_properties.a[2].b   | expected a value
            {"user_properties":{"a b":tru}}             | $.user_properties["a b"]   | expected a value
            {"user_properties":{"a":NaN}}               | $.user_properties.a        | expected a value
            {"user_properties":{"a":-Infinity}}         | $.user_properties.a        | expected a digit
            {"user_properties":{"a":+1}}                | $.user_properties.a        | expected a value
            {"user_properties":{"a":01}}                | $.user_properties.a        | leading zeros
            {"user_properties":{"a":1.}}                | $.user_properties.a        | expected a digit
            {"user_properties":{"a":1e}}                | $.user_properties.a        | expected a digit
            {"user_properties":{"a":0x10}}              | $.user_properties.a        | expected a comma
            {"user_properties":{"a":1_000}}             | $.user_properties.a        | expected a comma
            {"groups":{"org":["x",]}}                   | $.groups.org[1]            | expected a value
            {"groups":{"org":["x"}}                     | $.groups.org[0]            | expected a comma
            {"group_properties":{"org":{"x":{"a":}}}}   | $.group_properties.org.x.a | expected a value
            {"cohort_ids":["a" "b"]}                    | $.cohort_ids[0]            | expected a comma
            {"unknown":[1,2,}                           | $.unknown[2]               | expected a value
            """)
    void rejectsInvalidJsonWithPathAndReason(String text, String path, String reason) {
        JsonException rejection = rejectionOf(text);

        assertThat(rejection.path()).isEqualTo(path);
        assertThat(rejection).hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[",
                "{\"a\":",
                "{\"user_properties\":",
                "{\"user_properties\":{\"a\":[",
                "{\"groups\":[",
                "{\"unknown\":[[",
                "{\"cohort_ids\":{\"a\":",
            })
    void rejectsTenThousandLevelsOfNesting(String level) {
        JsonException rejection = rejectionOf(level.repeat(10_000));

        assertThat(rejection).hasMessageContaining("nested deeper than " + Json.MAX_DEPTH + " levels");
        assertThat(rejection.path()).startsWith("$");
    }

    @Test
    void rejectsTheFirstLevelBeyondTheNestingLimit() {
        String open = "{\"a\":" + "[".repeat(Json.MAX_DEPTH - 1);
        String close = "]".repeat(Json.MAX_DEPTH - 1) + "}";

        assertThat(read(open + close).userId()).isNull();
        assertThat(rejectionOf(open + "[]" + close)).hasMessageContaining("nested deeper");
    }

    @Test
    void readsOrRejectsArbitraryBytes() {
        Invariant.check(2_000, choices -> {
            byte[] bytes = new byte[choices.below(40)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (choices.chance(30) ? choices.below(256) : JSON.charAt(choices.below(JSON.length())));
            }
            String text = new String(bytes, choices.oneOf(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1));
            choices.note("user", text);
            try {
                assertThat(read(text)).isNotNull();
                assertThat(JacksonTree.parse(text)).isNotNull();
            } catch (JsonException rejection) {
                assertThat(rejection.path()).startsWith("$");
                assertThat(rejection.offset()).isBetween(0, text.length());
            }
        });
    }

    // Unusual but valid JSON: a property is present, or is read in an unexpected way

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # user                                                    | user_id
            {"user_id":"a","user_id":"b"}                             | b
            {"user_id":"a","user_id":null}                            | (none)
            {"user_id":null,"user_id":"b"}                            | b
            {"user_id":{"a":1},"user_id":7}                           | 7
            {"user_id":7,"user_id":{"a":1}}                           | {"a":1}
            {"user_id":"a","us\\u0065r_id":"b"}                     | b
            {"user\\u005Fid":"b"}                                   | b
            {"user_id":1e400}                                         | Infinity
            {"user_id":-1e400}                                        | -Infinity
            {"user_id":"NaN"}                                         | NaN
            {"user_id":1e3}                                           | 1000
            {"user_id":1.0}                                           | 1.0
            {"user_id":100000000000000000000}                         | 1.0E20
            {"user_id":-0}                                            | 0
            {"user_id":-0.0}                                          | -0.0
            {"user_id":true}                                          | true
            {"user_id":{"a":1,"b":[1e400],"a":2}}                     | {"a":2,"b":[null]}
            {"User_Id":"a"," user_id":"b","user":{"user_id":"c"}}     | (none)
            """)
    void readsUnusualUserIds(String user, String userId) {
        assertThat(holds(user, USER_ID, "is", userId)).isTrue();
    }

    private static final String USER_ID = "[\"context\",\"user\",\"user_id\"]";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # user                                                                                         | below groups
            {"groups":{"o":"a"},"groups":{"o":"b"}}                                                        | {"o":{"group_name":"b"}}
            {"groups":{"o":"a"},"groups":null}                                                             | (none)
            {"groups":{"o":"a","o":[]}}                                                                    | (none)
            {"groups":{"o":"a","p":"x","o":"b"}}                                                           | {"o":{"group_name":"b"},"p":{"group_name":"x"}}
            {"group_properties":{"o":{"a":{"k":1},"a":{"l":2}}},"groups":{"o":"a"}}                        | {"o":{"group_name":"a","group_properties":{"l":2}}}
            {"group_properties":{"o":{"a":{"k":1}},"o":{"b":{}}},"groups":{"o":"a"}}                       | {"o":{"group_name":"a"}}
            {"group_properties":{"o":{"a":{"k":1}}},"groups":{"o":"a"},"group_properties":7}               | {"o":{"group_name":"a"}}
            {"group_cohort_ids":{"o":{"1.0":{"c":{},"d":1,"c":2}}},"groups":{"o":[[],1.0]}}                | {"o":{"group_name":"1.0","cohort_ids":["c","d"]}}
            {"group_cohort_ids":{"o":{"a":"c"}},"groups":{"o":"a"}}                                        | {"o":{"group_name":"a"}}
            """)
    void lastOfDuplicateGroupsWins(String user, String groups) {
        assertThat(holds(user, "[\"context\",\"groups\"]", "is", groups)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # user                                                                              | user_properties.o.a
            {"user_properties":{"o":{"a":1}},"user_properties":{"o":{"b":2}}}                   | (none)
            {"user_properties":{"o":{"a":1}},"user_properties":{"p":{"a":2}}}                   | (none)
            {"user_properties":{"o":{"a":1}},"user_properties":7}                               | (none)
            {"user_properties":{"o":{"a":1}},"user_properties":[{"o":{"a":2}}]}                 | (none)
            {"user_properties":{"o":{"a":1}},"user_properties":null}                            | (none)
            {"user_properties":{"o":{"a":1},"o":null}}                                          | (none)
            {"user_properties":{"o":{"a":1},"o":{"a":null}}}                                    | (none)
            {"user_properties":{"o":{"a":1,"a":null}}}                                          | (none)
            {"user_properties":{"o":{"a":{"a":1},"a":2}}}                                       | 2
            {"user_properties":{"o":7,"o":{"a":1}}}                                             | 1
            {"user_properties":7,"country":"x","user_properties":{"o":{"a":1}}}                 | 1
            {"user_properties":{"o":{"a":1}},"user\\u005fproperties":{"\\u006f":{"\\u0061":2}}} | 2
            """)
    void lastOfDuplicatePropertiesWins(String user, String property) {
        String selector = "[\"context\",\"user\",\"user_properties\",\"o\",\"a\"]";

        assertThat(holds(user, selector, "is", property)).isTrue();
        assertThat(holds(user, selector, "is not", property)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\udc00\\ud800", "a\\udfff", "\\ud83dx\\ude00"})
    void acceptsLoneSurrogatesInKeysAndValues(String surrogate) {
        String user = "{\"user_properties\":{\"%s\":\"%s\"}}".formatted(surrogate, surrogate);
        String selector = "[\"context\",\"user\",\"user_properties\",\"%s\"]".formatted(surrogate);

        assertThat(holds(
                        user,
                        selector,
                        "is",
                        Objects.requireNonNull(Json.parse('"' + surrogate + '"'))
                                .toString()))
                .isTrue();
    }

    @Test
    void acceptsAValueOfTenMegabytes() {
        String id = "\u00e9\\n".repeat(TEN_MEGABYTES / 4);

        assertThat(holds("{\"user_id\":\"" + id + "\"}", USER_ID, "contains", "\u00c9\n\u00c9"))
                .isTrue();
    }

    @Test
    void acceptsAnUnknownFieldOfTenMegabytes() {
        String user = "{\"unknown\":[" + "{\"a\":\"[1]\"},".repeat(TEN_MEGABYTES / 12) + "{}],\"user_id\":\"u\"}";

        assertThat(holds(user, USER_ID, "is", "u")).isTrue();
    }

    private static boolean holds(String user, String selector, String operator, String value) {
        String condition = Samples.condition(selector, operator, value);
        Flag flag = Samples.flag("f", "[{\"conditions\":[[" + condition + "]],\"variant\":\"on\"}]");
        EvaluationPlan plan = CompiledFlags.compile(List.of(flag)).planAll();
        return Evaluation.of(plan.read(user, null, null)).size() == 1;
    }

    private static EvaluationContext read(String user) {
        return CompiledFlags.compile(List.of(Samples.on("f"))).planAll().read(user, null, null);
    }

    private static JsonException rejectionOf(String text) {
        return Objects.requireNonNull(catchThrowableOfType(JsonException.class, () -> read(text)));
    }
}
