package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.variate.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplanationTest {

    private static final String FLAG = """
            {"key":"checkout","dependencies":["parent"],
             "variants":{"on":{"key":"on"},"off":{"key":"off","metadata":{"default":true}}},
             "segments":[
              {"metadata":{"segmentName":"individual-inclusions"},"variant":"on",
               "conditions":[[{"selector":["context","user","user_id"],"op":"is","values":["vip"]}]]},
              {"metadata":{"segmentName":"flag-dependencies"},"variant":"off",
               "conditions":[[{"selector":["result","parent","key"],"op":"is not","values":["on"]}]]},
              {"metadata":{"segmentName":"sticky-bucketing"},"variant":"on",
               "conditions":[[{"selector":["context","user","user_properties","kept"],"op":"is","values":["on"]}]]},
              {"metadata":{"segmentName":"Germans"},"variant":"off",
               "conditions":[[{"selector":["context","user","country"],"op":"is","values":["DE"]},
                              {"selector":["context","user","version"],"op":"version greater","values":["1.2"]}],
                             [{"selector":["context","user","language"],"op":"is","values":["German"]}]],
               "bucket":{"selector":["context","user","user_id"],"salt":"s",
                "allocations":[{"range":[0,50],"distributions":[{"variant":"on","range":[0,42949673]}]}]}},
              {"metadata":{"segmentName":"All Other Users"},"variant":"off"}]}
            """;

    private static final EvaluationPlan PLAN = CompiledFlags.compile(List.of(
                    Samples.read(FLAG),
                    Samples.flag(
                            "parent",
                            "[{\"conditions\":[["
                                    + Samples.condition("[\"context\",\"user\",\"city\"]", "is not", "nowhere")
                                    + "]],\"variant\":\"on\"}]")))
            .planAll();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"user_id\":\"vip\",\"city\":\"nowhere\"} | individual-inclusion | on",
                "{\"user_id\":\"u\",\"city\":\"nowhere\"} | flag-dependency | off",
                "{\"user_id\":\"u\",\"user_properties\":{\"kept\":\"on\"}} | sticky-bucketing | on",
                "{\"user_id\":\"b\",\"language\":\"German\"} | segment | on",
                "{\"user_id\":\"d\",\"language\":\"German\"} | not-allocated | off",
                "{\"language\":\"German\"} | no-bucketing-value | off",
                "{\"user_id\":\"u\"} | fallthrough | off",
            })
    void reportsTheDecidingRule(String user, String reason, String variant) {
        Explanation explanation = explain(PLAN, user).get(1);

        assertThat(explanation.reason().label()).isEqualTo(reason);
        assertThat(Objects.requireNonNull(explanation.variant()).key()).isEqualTo(variant);
    }

    @Test
    void reportsThatNoSegmentAssignedAVariant() {
        EvaluationPlan plan =
                CompiledFlags.compile(List.of(Samples.flag("f", "[]"))).planAll();

        assertThat(explain(plan, "{}").get(0).reason()).isEqualTo(Explanation.Reason.NO_MATCH);
    }

    @Test
    void showsEachConditionWithItsSelectedValue() {
        Explanation explanation = explain(PLAN, "{\"user_id\":\"b\",\"country\":\"DE\",\"version\":1.0}")
                .get(1);

        assertThat(Json.write(explanation.asTree())).contains("""
                {"name":"Germans","variant":"off","outcome":"not-matched","conditions":[\
                [{"selector":["context","user","country"],"op":"is","values":["DE"],\
                "tested":true,"seen":"DE","held":true},\
                {"selector":["context","user","version"],"op":"version greater","values":["1.2"],\
                "tested":true,"seen":1.0,"held":false}],\
                [{"selector":["context","user","language"],"op":"is","values":["German"],\
                "tested":true,"held":false}]]""");
    }

    @Test
    void showsTheBucketing() {
        Explanation explanation =
                explain(PLAN, "{\"user_id\":\"b\",\"language\":\"German\"}").get(1);

        long hash = Integer.toUnsignedLong(Murmur3.hash("s/b"));
        Explanation.Draw draw =
                Objects.requireNonNull(explanation.segments().get(3).draw());
        assertThat(draw.value()).isEqualTo("b");
        assertThat(draw.hash()).isEqualTo(hash);
        assertThat(draw.percent()).isEqualTo((int) (hash % 100));
        assertThat(draw.share()).isEqualTo((int) (hash / 100));
        assertThat(Json.write(explanation.asTree())).contains("""
                "bucket":{"selector":["context","user","user_id"],"salt":"s","value":"b","hash":%d,\
                "percent":%d,"share":%d,"allocations":[{"range":[0,50],"taken":true,\
                "distributions":[{"variant":"on","range":[0,42949673],"taken":true}]}]}""".formatted(hash, hash % 100, hash / 100));
    }

    @Test
    void distinguishesUnreachedSegmentsFromUnmatchedOnes() {
        Explanation explanation =
                explain(PLAN, "{\"user_id\":\"u\",\"city\":\"nowhere\"}").get(1);

        assertThat(explanation.segments())
                .extracting(Explanation.SegmentVisit::outcome)
                .containsExactly(
                        Explanation.Outcome.NOT_MATCHED,
                        Explanation.Outcome.DECIDED,
                        Explanation.Outcome.NOT_REACHED,
                        Explanation.Outcome.NOT_REACHED,
                        Explanation.Outcome.NOT_REACHED);
    }

    @Test
    void reportsTheErrorOfAFlagThatFails() {
        Map<String, @Nullable Object> deep = Map.of();
        for (int i = 0; i < 100_000; i++) {
            deep = Map.of("p", deep);
        }
        EvaluationPlan plan =
                CompiledFlags.compile(List.of(Samples.conditional("is", "x"))).planAll();

        Explanation explanation = new Evaluation().explain(plan.contextOf(deep)).get(0);

        assertThat(explanation.reason()).isEqualTo(Explanation.Reason.ERROR);
        assertThat(explanation.error()).contains("StackOverflowError");
        assertThat(explanation.variant()).isNull();
    }

    @Test
    void doesNotAffectTheNextEvaluation() {
        Evaluation reused = new Evaluation();
        EvaluationContext context = PLAN.read("{\"user_id\":\"vip\"}", null, null);
        reused.explain(context);

        assertThat(Samples.keys(reused.evaluate(context))).containsExactly("parent", "checkout");
    }

    @TestFactory
    Stream<DynamicTest> agreesWithEvaluation() {
        return Vectors.read("evaluation-public.jsonl.gz").stream()
                .filter(vector -> !vector.containsKey("error"))
                .map(vector -> dynamicTest(String.valueOf(vector.get("id")), () -> compare(vector)));
    }

    private static void compare(Map<String, @Nullable Object> vector) {
        EvaluationPlan plan = CompiledFlags.compile(Vectors.flags(vector)).planAsListed();
        EvaluationContext context = plan.contextOf(Vectors.object(vector.get("context")));
        Evaluation target = new Evaluation();

        List<Explanation> explanations = target.explain(context);

        List<EvaluatedVariant> evaluated = new ArrayList<>();
        Evaluation.of(context).forEach(evaluated::add);
        assertThat(target).containsExactlyElementsOf(evaluated);
        assertThat(explanations).extracting(Explanation::flagKey).isEqualTo(plan.keys());
        for (Explanation explanation : explanations) {
            assertThat(explanation.segments().stream()
                            .filter(segment -> segment.outcome() == Explanation.Outcome.DECIDED)
                            .count())
                    .isEqualTo(explanation.variant() == null ? 0 : 1);
        }
        assertThat(explanations.stream()
                        .map(Explanation::variant)
                        .filter(Objects::nonNull)
                        .toList())
                .containsAll(evaluated);
    }

    private static List<Explanation> explain(EvaluationPlan plan, String user) {
        return new Evaluation().explain(plan.read(user, null, null));
    }
}
