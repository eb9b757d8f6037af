package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A user is the same whether it is read directly from text or through a tree. */
class UserReadingAgreementTest {

    private static final List<String> KEYS = List.of(
            "user_id",
            "device_id",
            "cohort_ids",
            "groups",
            "group_properties",
            "group_cohort_ids",
            "user_properties",
            "country",
            "org",
            "x",
            "group_name",
            "a",
            "b",
            "Aa",
            "BB",
            "",
            "\u00e9",
            "a.b");

    private final Random random = new Random(20_240_601);

    /** A small set, so that selectors find something and keys repeat. */
    private List<String> keys = KEYS;

    @Test
    void readsTheSameUserDirectlyAndThroughATree() {
        for (int round = 0; round < 5_000; round++) {
            keys = Stream.generate(() -> KEYS.get(random.nextInt(KEYS.size())))
                    .limit(4)
                    .toList();
            List<List<String>> selectors = IntStream.range(0, 1 + random.nextInt(6))
                    .mapToObj(i -> selector())
                    .toList();
            String user = object(0);

            assertThat(seen(selectors, plan -> plan.read(user, null, null)))
                    .as("%s seen by %s", user, selectors)
                    .isEqualTo(seen(selectors, plan -> plan.contextOfUser(tree(user))));
        }
    }

    private interface Reading {
        EvaluationContext read(EvaluationPlan plan);
    }

    private static List<String> seen(List<List<String>> selectors, Reading reading) {
        List<Flag> flags = new ArrayList<>();
        selectors.forEach(selector -> flags.add(Samples.flag(
                "f" + flags.size(),
                "[{\"conditions\":[[" + Samples.condition(Json.write(selector), "is not", "(none)")
                        + "]],\"variant\":\"on\"}]")));
        EvaluationContext context = reading.read(CompiledFlags.compile(flags).planAll());
        List<String> seen = new ArrayList<>();
        seen.add(context.userId() + " " + context.deviceId() + " " + context.groups());
        new Evaluation().explain(context).forEach(each -> seen.add(Json.write(each.asTree())));
        return seen;
    }

    private List<String> selector() {
        List<String> keys = new ArrayList<>(List.of("context"));
        if (random.nextInt(20) > 0) {
            keys.add(random.nextInt(4) == 0 ? "groups" : "user");
        }
        while (random.nextInt(4) > 0) {
            keys.add(key());
        }
        return keys;
    }

    private String key() {
        return keys.get(random.nextInt(keys.size()));
    }

    private String object(int depth) {
        StringBuilder out = new StringBuilder("{");
        for (int i = random.nextInt(6); i > 0; i--) {
            out.append(written(key())).append(" :").append(value(depth + 1)).append(i > 1 ? " ," : "");
        }
        return out.append('}').toString();
    }

    private String written(String key) {
        if (key.isEmpty() || random.nextInt(6) > 0) {
            return Json.write(key);
        }
        return "\"\\u%04x%s\"".formatted((int) key.charAt(0), key.substring(1));
    }

    private String value(int depth) {
        return switch (random.nextInt(depth > 4 ? 6 : 12)) {
            case 0 -> "null";
            case 1 -> "7";
            case 2 -> "1.0";
            case 3 -> "true";
            case 4, 5 -> Json.write(key());
            case 6 -> "[" + value(depth + 1) + "," + value(depth + 1) + "]";
            case 7 -> "[]";
            default -> object(depth);
        };
    }

    @SuppressWarnings("unchecked") // the test writes only objects
    private static Map<String, @Nullable Object> tree(String user) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(Json.parse(user));
    }
}
