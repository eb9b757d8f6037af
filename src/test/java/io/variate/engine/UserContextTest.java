package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserContextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // fields
                "{} | {\"user\":{}}",
                "{\"country\":\"US\",\"odd\":[1]} | {\"user\":{\"country\":\"US\",\"odd\":[1]}}",
                "{\"country\":null,\"user_properties\":{\"a\":null}} | {\"user\":{\"user_properties\":{\"a\":null}}}",
                // cohorts
                "{\"cohort_ids\":[\"a\",\"b\"]} | {\"user\":{\"cohort_ids\":[\"a\",\"b\"]}}",
                "{\"cohort_ids\":{\"a\":{},\"b\":{}}} | {\"user\":{\"cohort_ids\":[\"a\",\"b\"]}}",
                // groups
                "{\"groups\":{\"org\":[\"x\",\"y\"]}} | {\"user\":{},\"groups\":{\"org\":{\"group_name\":\"x\"}}}",
                "{\"groups\":{\"org\":\"x\"}} | {\"user\":{},\"groups\":{\"org\":{\"group_name\":\"x\"}}}",
                "{\"groups\":{\"org\":[7]}} | {\"user\":{},\"groups\":{\"org\":{\"group_name\":\"7\"}}}",
                "{\"groups\":{\"org\":[],\"team\":null}} | {\"user\":{}}",
                "{\"group_properties\":{\"org\":{\"x\":{\"a\":1}}},\"group_cohort_ids\":{}} | {\"user\":{}}",
                // wrong types
                "{\"groups\":7,\"group_properties\":[],\"group_cohort_ids\":\"x\"} | {\"user\":{}}",
                "{\"groups\":{\"org\":[[],null,{}]}} | {\"user\":{}}",
            })
    void mapsUsersToContexts(String user, String context) {
        assertThat(Json.write(UserContext.read(user, null, null).root())).isEqualTo(context);
    }

    @Test
    void givesTheFirstGroupItsPropertiesAndCohorts() {
        String user = """
                {"groups":{"org":["x","y"],"team":["t"]},
                 "group_properties":{"org":{"x":{"plan":"pro"},"y":{"plan":"free"}},"team":{"t":{}}},
                 "group_cohort_ids":{"org":{"x":{"c1":{},"c2":{}},"y":["c3"]},"team":{"t":[]}}}
                """;

        assertThat(UserContext.read(user, null, null).root().get("groups")).isEqualTo(Json.parse("""
                        {"org":{"group_name":"x","group_properties":{"plan":"pro"},"cohort_ids":["c1","c2"]},
                         "team":{"group_name":"t"}}
                        """));
    }

    @Test
    void groupCohortsGivenAsObjectsAreLists() {
        String user = "{\"groups\":{\"org\":[\"x\"]},\"group_cohort_ids\":{\"org\":{\"x\":{\"c1\":{}}}}}";
        CompiledFlags flags = CompiledFlags.compile(List.of(Samples.flag(
                "f",
                "[{\"conditions\":[["
                        + Samples.condition("[\"context\",\"groups\",\"org\",\"cohort_ids\"]", "set contains any", "c1")
                        + "]],\"variant\":\"on\"}]")));

        assertThat(flags.evaluate(flags.planAll(), UserContext.read(user, null, null))
                        .size())
                .isEqualTo(1);
    }

    @Test
    void noTextIsAUserWithoutFields() {
        assertThat(UserContext.read(null, null, null).root()).isEqualTo(Map.of("user", Map.of()));
    }

    @Test
    void idsGivenApartReplaceThoseOfTheUser() {
        EvaluationContext target = UserContext.read("{\"user_id\":\"a\",\"device_id\":\"b\"}", "c", "d");

        assertThat(target.root()).isEqualTo(Map.of("user", Map.of("user_id", "c", "device_id", "d")));
    }

    @Test
    void tellsTheIds() {
        EvaluationContext target = UserContext.read("{\"user_id\":\"a\",\"device_id\":7}", null, null);

        assertThat(target.userId()).isEqualTo("a");
        assertThat(target.deviceId()).isEqualTo("7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"user_id\":null}", "{\"user_id\":[\"a\"]}", "{\"user_id\":{}}"})
    void tellsNoIdWhereThereIsNone(String user) {
        assertThat(UserContext.read(user, null, null).userId()).isNull();
    }

    @Test
    void tellsAllNamesOfGroups() {
        EvaluationContext target = UserContext.read("{\"groups\":{\"org\":[\"x\",\"y\"],\"team\":[]}}", null, null);

        assertThat(target.groups()).isEqualTo(Map.of("org", List.of("x", "y")));
    }

    @Test
    void tellsTheGroupsOfARawContext() {
        EvaluationContext target = Samples.context("{\"groups\":{\"org\":{\"group_name\":\"x\"},\"odd\":1}}");

        assertThat(target.groups()).isEqualTo(Map.of("org", List.of("x")));
        assertThat(target.userId()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"a\":1,}", "user"})
    void refusesTextThatIsNotJson(String text) {
        assertThatExceptionOfType(JsonException.class).isThrownBy(() -> UserContext.read(text, null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "\"a\"", "1", "true"})
    void refusesJsonThatIsNoObject(String text) {
        assertThatExceptionOfType(JsonException.class)
                .isThrownBy(() -> UserContext.read(text, null, null))
                .withMessageContaining("must be a JSON object");
    }
}
