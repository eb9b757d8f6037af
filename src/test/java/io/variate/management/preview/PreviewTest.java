package io.variate.management.preview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import io.variate.engine.Explanation;
import io.variate.engine.Membership;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.simulation.SimulatedUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Previews against evaluations of each user, twice. */
class PreviewTest {
    private static final int ROUNDS = 60;
    private static final int FLAGS = 8;

    @Test
    void countsExactlyTheUsersThatMove() {
        for (int round = 0; round < ROUNDS; round++) {
            long seed = System.nanoTime();
            RandomProject random = new RandomProject(new Random(seed));
            ProjectState before = random.state();
            ProjectState after = random.changed(before);
            boolean cohortsDiffer = !before.membership().equals(after.membership());
            List<SimulatedUser> users = random.users();

            List<JsonObject> lines = run(before, after, cohortsDiffer, users);

            Map<String, Map<String, Long>> expected = expected(before, after, users);
            Set<String> reported = new TreeSet<>();
            for (JsonObject line : flags(lines)) {
                String key = line.getString("flag");
                reported.add(key);
                Map<String, Long> matrix = expected.getOrDefault(key, Map.of());
                if (line.getBoolean("canMove")) {
                    assertThat(matrix(line)).as("flag %s, seed %d", key, seed).isEqualTo(matrix);
                }
                assertThat(line.getLong("moved"))
                        .as("flag %s, seed %d", key, seed)
                        .isEqualTo(moved(matrix));
            }
            expected.forEach((key, matrix) -> assertThat(reported.contains(key) || moved(matrix) == 0)
                    .as("flag %s moves users without being reported, seed %d", key, seed)
                    .isTrue());
        }
    }

    private static long moved(Map<String, Long> matrix) {
        return matrix.entrySet().stream()
                .filter(cell -> !isUnmoved(cell.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private static boolean isUnmoved(String move) {
        String[] variants = move.split(">", -1);
        return variants[0].equals(variants[1]);
    }

    @Test
    void reportsExamplesWithTheReasonBeforeAndAfter() {
        ProjectState before = state(split("f", 0), dependent("child", "f"));
        ProjectState after = state(split("f", 50), dependent("child", "f"));
        List<SimulatedUser> users = ids(200);

        JsonObject line = flag(run(before, after, false, users), "f");

        JsonObject move = line.getJsonArray("moves").stream()
                .map(JsonObject.class::cast)
                .filter(each -> Objects.equals(each.getString("to"), "on"))
                .findFirst()
                .orElseThrow();
        assertThat(move.getString("from")).isEqualTo("off");
        assertThat(move.getJsonArray("examples")).hasSize(3);
        for (Object each : move.getJsonArray("examples")) {
            JsonObject example = (JsonObject) each;
            SimulatedUser user = users.get(example.getJsonObject("user").getInteger("number") - 1);
            assertThat(example.getJsonObject("user").getString("user_id")).isEqualTo(user.userId());
            assertThat(example.getJsonObject("before"))
                    .isEqualTo(new JsonObject("{\"variant\":\"off\",\"reason\":\"not-allocated\",\"segment\":0,"
                            + "\"segmentName\":\"all\"}"));
            assertThat(example.getJsonObject("after").getString("variant")).isEqualTo("on");
            assertThat(example.getJsonObject("after").getString("reason")).isEqualTo("fallthrough");
            List<Explanation> explained = new Evaluation()
                    .explain(user.read(CompiledFlags.compile(after.flags()).planAll(), Membership.NONE));
            assertThat(explained.get(0).reason().label()).isEqualTo("fallthrough");
        }
        JsonObject child = flag(run(before, after, false, users), "child");
        assertThat(child.getString("change")).isEqualTo("dependent");
        assertThat(child.getLong("moved")).isEqualTo(line.getLong("moved")).isPositive();
    }

    @Test
    void nobodyCanMoveWhereTheRulesAreEqual() {
        ProjectState before = state(split("f", 30), dependent("child", "f"));
        ProjectState after = state(split("f", 30, "\"payload\":1"), dependent("child", "f"));

        List<JsonObject> lines = run(before, after, false, ids(100));

        assertThat(flags(lines)).hasSize(2).allSatisfy(line -> {
            assertThat(line.getBoolean("canMove")).isFalse();
            assertThat(line.getLong("moved")).isZero();
            assertThat(line.containsKey("moves")).isFalse();
        });
        assertThat(lines.get(lines.size() - 1).getLong("moved")).isZero();
    }

    @Test
    void aDependentThatReadsTheMetadataOfAFlagMayMove() {
        ProjectState before = state(split("f", 30), readsMetadata());
        ProjectState after = state(split("f", 30, "\"metadata\":{\"tier\":\"gold\"}"), readsMetadata());

        JsonObject child = flag(run(before, after, false, ids(100)), "child");

        assertThat(child.getBoolean("canMove")).isTrue();
        assertThat(child.getLong("moved")).isPositive();
    }

    @Test
    void reportsAddedAndRemovedFlags() {
        List<JsonObject> lines = run(state(split("old", 50)), state(split("new", 50)), false, ids(50));

        assertThat(flag(lines, "old").getString("change")).isEqualTo("removed");
        assertThat(flag(lines, "old").getLong("moved")).isEqualTo(50);
        assertThat(flag(lines, "new").getString("change")).isEqualTo("added");
        assertThat(matrix(flag(lines, "new")).keySet()).allMatch(move -> move.startsWith(">"));
    }

    @Test
    void withoutAChangeNothingIsAffected() {
        List<JsonObject> lines = run(state(split("f", 50)), state(split("f", 50)), false, ids(50));

        assertThat(flags(lines)).isEmpty();
        assertThat(lines.get(0).getLong("flags")).isZero();
        assertThat(lines.get(lines.size() - 1)).isEqualTo(new JsonObject("{\"type\":\"end\",\"done\":50,\"moved\":0}"));
    }

    @Test
    void reportsProgress() {
        List<JsonObject> lines = run(state(split("f", 0)), state(split("f", 50)), false, ids(10_000));

        assertThat(lines.stream().filter(line -> line.getString("type").equals("progress")))
                .hasSize(20);
    }

    @Test
    void limitsTheEvaluations() {
        Flag[] before =
                IntStream.range(0, 1_001).mapToObj(i -> split("f" + i, 0)).toArray(Flag[]::new);
        Flag[] after =
                IntStream.range(0, 1_001).mapToObj(i -> split("f" + i, 1)).toArray(Flag[]::new);

        assertThatThrownBy(() -> run(state(before), state(after), false, ids(10_000)))
                .isInstanceOf(TooManyEvaluationsException.class)
                .hasMessage("the change affects 1001 flags, so a preview allows at most 9990 users");
    }

    private static List<JsonObject> run(
            ProjectState before, ProjectState after, boolean cohortsDiffer, List<SimulatedUser> users) {
        Preview preview = Preview.of(Map.of(), before, after, cohortsDiffer, users, Evaluation.PATTERN_STEPS);
        List<JsonObject> lines = new ArrayList<>();
        for (List<Map<String, @Nullable Object>> next = preview.next(); !next.isEmpty(); next = preview.next()) {
            next.forEach(line -> lines.add(new JsonObject(Json.write(line))));
        }
        return lines;
    }

    private static List<JsonObject> flags(List<JsonObject> lines) {
        return lines.stream()
                .filter(line -> line.getString("type").equals("flag"))
                .toList();
    }

    private static JsonObject flag(List<JsonObject> lines, String key) {
        return flags(lines).stream()
                .filter(line -> line.getString("flag").equals(key))
                .findFirst()
                .orElseThrow();
    }

    /** Users by {@code from>to}. */
    private static Map<String, Long> matrix(JsonObject line) {
        Map<String, Long> matrix = new TreeMap<>();
        JsonArray moves = line.getJsonArray("moves");
        for (int i = 0; i < moves.size(); i++) {
            JsonObject move = moves.getJsonObject(i);
            matrix.put(move.getString("from", "") + ">" + move.getString("to", ""), move.getLong("users"));
        }
        return matrix;
    }

    private static Map<String, Map<String, Long>> expected(
            ProjectState before, ProjectState after, List<SimulatedUser> users) {
        Map<String, Map<String, Long>> expected = new LinkedHashMap<>();
        Set<String> keys = new TreeSet<>();
        before.flags().forEach(flag -> keys.add(flag.key()));
        after.flags().forEach(flag -> keys.add(flag.key()));
        for (SimulatedUser user : users) {
            Map<String, String> from = variants(before, user);
            Map<String, String> to = variants(after, user);
            for (String key : keys) {
                expected.computeIfAbsent(key, absent -> new TreeMap<>())
                        .merge(from.getOrDefault(key, "") + ">" + to.getOrDefault(key, ""), 1L, Long::sum);
            }
        }
        return expected;
    }

    private static Map<String, String> variants(ProjectState state, SimulatedUser user) {
        Map<String, String> variants = new LinkedHashMap<>();
        for (EvaluatedVariant variant : new Evaluation()
                .evaluate(user.read(CompiledFlags.compile(state.flags()).planAll(), state.membership()))) {
            variants.put(variant.flagKey(), variant.key());
        }
        return variants;
    }

    private static ProjectState state(Flag... flags) {
        return new ProjectState(List.of(flags), Membership.NONE);
    }

    private static List<SimulatedUser> ids(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new SimulatedUser("{}", "user-" + i, null))
                .toList();
    }

    private static Flag split(String key, int percent, String... further) {
        String variant = further.length == 0 ? "" : "," + further[0];
        return flag("{\"key\":\"" + key + "\",\"variants\":{\"on\":{\"key\":\"on\"" + variant
                + "},\"off\":{\"key\":\"off\"}},\"segments\":[{\"metadata\":{\"segmentName\":\"all\"},\"variant\":\"off\","
                + "\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"s\",\"allocations\":[{\"range\":[0,"
                + percent + "],\"distributions\":[{\"variant\":\"on\",\"range\":[0,42949673]}]}]}}]}");
    }

    private static Flag dependent(String key, String parent) {
        return flag("{\"key\":\"" + key + "\",\"dependencies\":[\"" + parent
                + "\"],\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\",\"conditions\":[[{"
                + "\"selector\":[\"result\",\"" + parent + "\",\"key\"],\"op\":\"is\",\"values\":[\"on\"]}]]}]}");
    }

    private static Flag readsMetadata() {
        return flag("{\"key\":\"child\",\"dependencies\":[\"f\"],\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{"
                + "\"variant\":\"on\",\"conditions\":[[{\"selector\":[\"result\",\"f\",\"metadata\",\"tier\"],\"op\":"
                + "\"is\",\"values\":[\"gold\"]}]]}]}");
    }

    private static Flag flag(String json) {
        return ((FlagReading.Accepted) FlagReader.read(Json.parseStrict(json), "")).flag();
    }

    /** Random projects of flags with splits, conditions, cohorts and dependencies. */
    private static final class RandomProject {
        private final Random random;

        RandomProject(Random random) {
            this.random = random;
        }

        ProjectState state() {
            List<Flag> flags = new ArrayList<>();
            for (int i = 0; i < FLAGS; i++) {
                if (random.nextInt(5) > 0) {
                    flags.add(flag(json(i)));
                }
            }
            return new ProjectState(flags, cohort());
        }

        ProjectState changed(ProjectState before) {
            Map<String, Flag> flags = new LinkedHashMap<>();
            before.flags().forEach(flag -> flags.put(flag.key(), flag));
            for (int i = random.nextInt(4); i > 0; i--) {
                int number = random.nextInt(FLAGS);
                if (random.nextInt(4) == 0) {
                    flags.remove("f" + number);
                } else {
                    flags.put("f" + number, flag(json(number)));
                }
            }
            return new ProjectState(
                    List.copyOf(flags.values()), random.nextInt(3) == 0 ? cohort() : before.membership());
        }

        private Membership cohort() {
            int divisor = 2 + random.nextInt(5);
            return (groupType, cohortId, member) -> member.hashCode() % divisor == 0;
        }

        List<SimulatedUser> users() {
            List<SimulatedUser> users = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String user = "{\"user_id\":\"u" + random.nextInt(1_000) + "\",\"country\":\""
                        + (random.nextBoolean() ? "DE" : "FR") + "\"}";
                users.add(new SimulatedUser(user, random.nextInt(4) == 0 ? "override-" + i : null, null));
            }
            return users;
        }

        /** Depends only on flags with lower numbers, which may be missing. */
        private String json(int number) {
            int border = random.nextInt(101);
            String cohort =
                    "{\"conditions\":[[{\"selector\":[\"context\",\"user\",\"cohort_ids\"],\"op\":\"set contains"
                            + " any\",\"values\":[\"c\"]}]],\"variant\":\"b\"},";
            String country =
                    "{\"conditions\":[[{\"selector\":[\"context\",\"user\",\"country\"],\"op\":\"is\",\"values\":[\""
                            + (random.nextBoolean() ? "DE" : "FR") + "\"]}]],\"variant\":\"a\"},";
            String parent = "f" + random.nextInt(Math.max(1, number));
            boolean depends = number > 0 && random.nextBoolean();
            String result = "{\"conditions\":[[{\"selector\":[\"result\",\"" + parent + "\",\""
                    + (random.nextInt(4) == 0 ? "value" : "key") + "\"],\"op\":\"is\",\"values\":[\"b\"]}]],"
                    + "\"variant\":\"off\"},";
            return "{\"key\":\"f" + number + "\"" + (depends ? ",\"dependencies\":[\"" + parent + "\"]" : "")
                    + ",\"variants\":{\"a\":{\"key\":\"a\"},\"b\":{\"key\":\"b\",\"value\":\""
                    + (random.nextBoolean() ? "b" : "x")
                    + "\"},\"off\":{\"key\":\"off\"}},\"segments\":[" + (depends ? result : "")
                    + (random.nextInt(3) == 0 ? cohort : "") + (random.nextInt(3) == 0 ? country : "")
                    + "{\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"s" + random.nextInt(2)
                    + "\",\"allocations\":[{\"range\":[0," + border
                    + "],\"distributions\":[{\"variant\":\"a\",\"range\":[0,21474836]},{\"variant\":\"b\",\"range\":"
                    + "[21474836,42949673]}]}]}" + (random.nextBoolean() ? ",\"variant\":\"off\"" : "") + "}]}";
        }
    }
}
