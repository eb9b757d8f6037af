package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.TextForm;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserReaderTest {

    private static final EvaluationPlan NO_FLAGS =
            CompiledFlags.compile(List.of()).planAll();

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
        assertThat(Json.write(whole(user, null, null))).isEqualTo(context);
    }

    @Test
    void attachesPropertiesAndCohortsToTheFirstGroup() {
        String user = """
                {"groups":{"org":["x","y"],"team":["t"]},
                 "group_properties":{"org":{"x":{"plan":"pro"},"y":{"plan":"free"}},"team":{"t":{}}},
                 "group_cohort_ids":{"org":{"x":{"c1":{},"c2":{}},"y":["c3"]},"team":{"t":[]}}}
                """;

        assertThat(whole(user, null, null).get("groups")).isEqualTo(Json.parse("""
                        {"org":{"group_name":"x","group_properties":{"plan":"pro"},"cohort_ids":["c1","c2"]},
                         "team":{"group_name":"t"}}
                        """));
    }

    @Test
    void readsGroupCohortsFromObjectsAsLists() {
        String user = "{\"groups\":{\"org\":[\"x\"]},\"group_cohort_ids\":{\"org\":{\"x\":{\"c1\":{}}}}}";
        CompiledFlags flags = CompiledFlags.compile(List.of(Samples.flag(
                "f",
                "[{\"conditions\":[["
                        + Samples.condition("[\"context\",\"groups\",\"org\",\"cohort_ids\"]", "set contains any", "c1")
                        + "]],\"variant\":\"on\"}]")));

        assertThat(Evaluation.of(flags.planAll().read(user, null, null)).size()).isEqualTo(1);
    }

    @Test
    void readsNullAsAUserWithoutFields() {
        assertThat(whole(null, null, null)).isEqualTo(Map.of("user", Map.of()));
    }

    @Test
    void separateIdsReplaceThoseOfTheUser() {
        String user = "{\"user_id\":\"a\",\"device_id\":\"b\"}";

        assertThat(whole(user, "c", "d")).isEqualTo(Map.of("user", Map.of("user_id", "c", "device_id", "d")));
    }

    @Test
    void returnsTheIds() {
        EvaluationContext target = NO_FLAGS.read("{\"user_id\":\"a\",\"device_id\":7}", null, null);

        assertThat(target.userId()).isEqualTo("a");
        assertThat(target.deviceId()).isEqualTo("7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"user_id\":null}", "{\"user_id\":[\"a\"]}", "{\"user_id\":{}}"})
    void returnsNoIdIfThereIsNone(String user) {
        assertThat(NO_FLAGS.read(user, null, null).userId()).isNull();
    }

    @Test
    void returnsAllGroupNames() {
        EvaluationContext target = NO_FLAGS.read("{\"groups\":{\"org\":[\"x\",\"y\"],\"team\":[]}}", null, null);

        assertThat(target.groups()).isEqualTo(Map.of("org", List.of("x", "y")));
    }

    @Test
    void returnsTheGroupsOfARawContext() {
        EvaluationContext target =
                NO_FLAGS.contextOf(Samples.context("{\"groups\":{\"org\":{\"group_name\":\"x\"},\"odd\":1}}"));

        assertThat(target.groups()).isEqualTo(Map.of("org", List.of("x")));
        assertThat(target.userId()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"a\":1,}", "user"})
    void rejectsTextThatIsNotJson(String text) {
        assertThatExceptionOfType(JsonException.class).isThrownBy(() -> NO_FLAGS.read(text, null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "\"a\"", "1", "true"})
    void rejectsJsonThatIsNoObject(String text) {
        assertThatExceptionOfType(JsonException.class)
                .isThrownBy(() -> NO_FLAGS.read(text, null, null))
                .withMessageContaining("must be a JSON object");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"country\":\"US\"} | country | US",
                "{\"country\":null} | country | `null`",
                "{\"x\":[1,{\"country\":\"DE\"}],\"country\":\"US\"} | country | US",
                "{\"c\\u006funtry\":\"US\"} | country | US",
                "{ \"country\" : \"US\" , \"y\" : 1 } | country | US",
                "{\"country\":\"DE\",\"country\":\"US\"} | country | US",
                "{\"country\":\"DE\",\"country\":null} | country | `null`",
                "{\"user_properties\":{\"plan\":\"a\"}} | user_properties.plan | a",
                "{\"user_properties\":{\"plan\":\"a\"},\"user_properties\":{}} | user_properties.plan | `null`",
                "{\"user_properties\":{\"plan\":\"a\"},\"user_properties\":7} | user_properties.plan | `null`",
                "{\"user_properties\":[{\"plan\":\"a\"}]} | user_properties.plan | `null`",
                "{\"user_properties\":{\"plan\":{\"a\":[1.0,2]}}} | user_properties.plan | {\"a\":[1.0,2]}",
                "{\"user_properties\":{\"a\":{\"b\":{\"c\":true}}}} | user_properties.a.b.c | true",
                "{\"cohort_ids\":{\"a\":1,\"b\":2}} | cohort_ids | [\"a\",\"b\"]",
                "{\"cohort_ids\":[\"a\"],\"cohort_ids\":[\"b\"]} | cohort_ids | [\"b\"]",
            })
    void findsSelectedProperties(String user, String path, String text) {
        CompiledFlags flags = CompiledFlags.compile(List.of(asking("context.user." + path)));

        EvaluationContext context = flags.planAll().read(user, null, null);

        assertThat(String.valueOf(seen(context))).isEqualTo(text);
    }

    @Test
    void findsAPropertyThatAnotherSelectorLeadsThrough() {
        CompiledFlags flags = CompiledFlags.compile(
                List.of(asking("context.user.user_properties.a"), asking("context.user.user_properties.a.b")));

        assertThat(Evaluation.of(flags.planAll().read("{\"user_properties\":{\"a\":{\"b\":1}}}", null, null))
                        .size())
                .isEqualTo(2);
    }

    /** Returns the whole context of a user object. */
    private static Map<String, @Nullable Object> whole(
            @Nullable String user, @Nullable String userId, @Nullable String deviceId) {
        EvaluationPlan plan = CompiledFlags.compile(List.of(asking("context"))).planAll();
        EvaluationContext context = plan.read(user, userId, deviceId);
        return Vectors.object(
                Objects.requireNonNull(context.property(plan.paths().root().number()))
                        .value());
    }

    /** A flag that is on if a property is present, and has a key of its own. */
    private static Flag asking(String path) {
        String selector = Json.write(List.of(path.split("\\.")));
        return Samples.flag(
                path,
                "[{\"conditions\":[[" + Samples.condition(selector, "is not", "(none)") + "]],\"variant\":\"on\"}]");
    }

    /** Returns the value that the only condition of the only flag selected, as text. */
    private static @Nullable String seen(EvaluationContext context) {
        List<List<Explanation.ConditionTest>> conditions =
                new Evaluation().explain(context).get(0).segments().get(0).alternatives();
        Object seen = Objects.requireNonNull(conditions).get(0).get(0).seen();
        return seen == null ? null : TextForm.of(seen);
    }
}
