package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenFeatureReasonTest {

    private static final String ONE_ALLOCATION = "\"allocations\":[{\"range\":[0,100],\"distributions\":"
            + "[{\"variant\":\"%s\",\"range\":[0,42949673]}]}]";

    private static final String NO_ALLOCATIONS = "\"allocations\":[]";

    @ParameterizedTest(name = "{0} {1} {2} {3}: {4}")
    @CsvSource({
        "'',            '',       on,  some,    STATIC",
        "'',            '',       off, some,    STATIC",
        "'',            '',       off, default, DISABLED",
        "'',            '',       on,  default, STATIC",
        "'',            all,      on,  some,    SPLIT",
        "'',            all,      off, default, SPLIT",
        "'',            none,     on,  some,    DEFAULT",
        "'',            none,     off, some,    DEFAULT",
        "'',            none,     off, default, DEFAULT",
        "unconditional, '',       off, default, DISABLED",
        "conditional,   '',       on,  some,    TARGETING_MATCH",
        "conditional,   '',       off, some,    TARGETING_MATCH",
        "conditional,   '',       off, default, TARGETING_MATCH",
        "conditional,   all,      on,  some,    SPLIT",
        "conditional,   all,      off, some,    SPLIT",
        "conditional,   none,     on,  some,    TARGETING_MATCH",
        "conditional,   none,     off, some,    DEFAULT",
    })
    void followsFromTheDecidingRule(
            String conditions, String bucket, String variant, String segmentName, OpenFeatureReason reason) {
        Flag flag = Samples.flag(
                "f",
                "[{" + conditions(conditions) + bucket(bucket, variant) + "\"variant\":\"" + variant
                        + "\",\"metadata\":{\"segmentName\":\"" + segmentName + "\"}}]");

        assertThat(evaluate(flag).get(0).reason()).isEqualTo(reason);
    }

    /** A segment of each kind, followed by one for every user with the variant {@code on}. */
    @ParameterizedTest
    @CsvSource({
        // Targets or splits, so the last segment serves users whom no rule matches.
        "'\"conditions\":[[%s]],\"variant\":\"off\"', DEFAULT",
        "'\"conditions\":[[%s]]', DEFAULT",
        "'\"bucket\":{\"selector\":[\"context\",\"user\",\"none\"],\"salt\":\"\",\"allocations\":[]}', DEFAULT",
        // Matches no user, or matches every user and assigns nothing: the result is the same for all users.
        "'\"conditions\":[],\"variant\":\"off\"', STATIC",
        "'\"variant\":\"unknown\"', STATIC",
        "'\"conditions\":[[]]', STATIC",
    })
    void isStaticUnlessAnEarlierSegmentDependsOnTheUser(String segment, OpenFeatureReason reason) {
        String condition = Samples.condition("[\"context\",\"user\",\"user_id\"]", "is", "other");
        Flag flag = Samples.flag("f", "[{" + segment.formatted(condition) + "},{\"variant\":\"on\"}]");

        assertThat(evaluate(flag).get(0).reason()).isEqualTo(reason);
        assertThat(flag.isStatic()).isEqualTo(reason == OpenFeatureReason.STATIC);
    }

    @Test
    void isIncludedInTheReasonedShape() {
        Evaluation evaluation = evaluate(Samples.on("f"));

        String answer = "{\"f\":{\"key\":\"on\",\"value\":true,\"reason\":\"STATIC\"}}";
        assertThat(new String(evaluation.encode(AnswerShape.REASONED), StandardCharsets.UTF_8))
                .isEqualTo(answer);
        assertThat(evaluation.encodedLength(AnswerShape.REASONED)).isEqualTo(answer.length());
    }

    @Test
    void mayDifferForOneVariantOfASegment() {
        Flag flag = Samples.flag(
                "f",
                "[{\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"\","
                        + "\"allocations\":[{\"range\":[0,50],\"distributions\":[{\"variant\":\"on\",\"range\":[0,42949673]}]}]},"
                        + "\"variant\":\"on\"}]");
        EvaluationPlan plan = CompiledFlags.compile(List.of(flag)).planAll();

        Set<OpenFeatureReason> reasons = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            reasons.add(Evaluation.of(plan.read(null, "user" + i, null)).get(0).reason());
        }

        assertThat(reasons).containsExactlyInAnyOrder(OpenFeatureReason.SPLIT, OpenFeatureReason.DEFAULT);
    }

    private static String conditions(String kind) {
        return switch (kind) {
            case "conditional" ->
                "\"conditions\":[[" + Samples.condition("[\"context\",\"user\",\"user_id\"]", "is", "user") + "]],";
            case "unconditional" -> "\"conditions\":[[]],";
            default -> "";
        };
    }

    private static String bucket(String kind, String variant) {
        return kind.isEmpty()
                ? ""
                : "\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"\","
                        + (kind.equals("all") ? ONE_ALLOCATION.formatted(variant) : NO_ALLOCATIONS) + "},";
    }

    private static Evaluation evaluate(Flag flag) {
        return Evaluation.of(CompiledFlags.compile(List.of(flag)).planAll().read(null, "user", null));
    }
}
