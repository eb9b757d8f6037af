package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.json.Json;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.rows.RowSet;
import io.variate.testing.RunningNode;
import io.variate.testing.StoredRuleset;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Checks a complete node against the answers on which both reference engines agree: puts the flags of each case into
 * the database, and evaluates its user over HTTP. A third of the cases have flags that nobody can mean, such as unknown
 * variants. PUT rejects them, but they are served if they are in the database.
 *
 * <p>One write stores many cases, each in a project of its own, because every write also saves versions and the audit
 * log.
 *
 * <p>Numbers in answers are compared by value, as clients read them.
 */
@Tag("slow")
class VectorsOverHttpTest {
    private static final Set<String> OF_GROUPS = Set.of("group_name", "group_properties", "cohort_ids");

    private static final String HUGE = "1e400";

    /** Cases per write. */
    private static final int BATCH = 100;

    /** Every case is compared, rejected as expected, or skipped for one of these reasons. */
    private static final Map<String, Integer> EXPECTED_OUTCOMES = Map.of(
            "compared", 1849,
            "compared, but stored with SQL: a flag that PUT rejects", 952,
            "cycle rejected", 18,
            "skipped: the context has more than user and groups", 56,
            "skipped: the flags are not in dependency order, which the server always uses", 47,
            "skipped: the user is not an object", 43,
            "skipped: two flags have the same key", 19,
            "rejected: a cycle among flags not requested", 5,
            "rejected: an invalid pattern", 11);

    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();

    /** A case with the project that has its flags. */
    private record Case(String project, Map<String, @Nullable Object> vector) {
        /** The key of the only deployment. */
        String key() {
            return "key-" + project;
        }

        Map<String, @Nullable Object> content() {
            Map<String, @Nullable Object> content = new LinkedHashMap<>();
            content.put("deployments", List.of(Map.of("key", key(), "type", "server", "flags", List.of("*"))));
            content.put("flags", vector.get("flags"));
            return content;
        }
    }

    @Test
    @Timeout(1200)
    void answersLikeBothReferenceEngines() throws IOException {
        try (EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(null, 0);
                RunningNode node = RunningNode.start(
                        Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_HTTP_MAX_URL_LENGTH", "1048576"))) {
            List<Case> accepted = new ArrayList<>();
            List<Case> meaningless = new ArrayList<>();
            int number = 0;
            for (Map<String, @Nullable Object> vector : vectors()) {
                Case each = new Case("case-" + number++, vector);
                outcomes.merge(classify(node, each, accepted, meaningless), 1, Integer::sum);
            }
            forEachBatch(accepted, batch -> {
                HttpResponse<String> put = node.put(document(batch));
                assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
                batch.forEach(each -> compare(node, each, 0));
            });
            forEachBatch(meaningless, batch -> {
                long revision = StoredRuleset.replace(postgresql.uri(), document(batch));
                batch.forEach(each -> compare(node, each, revision));
            });
        }
        assertThat(wrong).isEmpty();
        assertThat(outcomes).isEqualTo(EXPECTED_OUTCOMES);
    }

    /** The cases of a batch are stored at once, each in a project of its own. */
    private static void forEachBatch(List<Case> cases, Consumer<List<Case>> replay) {
        for (int i = 0; i < cases.size(); i += BATCH) {
            replay.accept(cases.subList(i, Math.min(cases.size(), i + BATCH)));
        }
    }

    private static String document(List<Case> cases) {
        Map<String, @Nullable Object> projects = new LinkedHashMap<>();
        cases.forEach(each -> projects.put(each.project(), each.content()));
        return Json.write(Map.of("projects", projects));
    }

    /** Adds a case that can be evaluated to those that PUT accepts or to those that it rejects. Returns its outcome. */
    private String classify(RunningNode node, Case each, List<Case> accepted, List<Case> meaningless) {
        String reason = reasonToSkip(each.vector());
        if (reason != null) {
            return reason;
        }
        String document = document(List.of(each));
        boolean expectsCycle = each.vector().containsKey("error");
        if (!expectsCycle && isValid(document)) {
            accepted.add(each);
            return "compared";
        }
        HttpResponse<String> put = node.put(document);
        check(each.vector(), put.statusCode() == 400, put.statusCode() + " " + put.body());
        if (expectsCycle) {
            check(each.vector(), put.body().contains("cycle"), put.body());
            return "cycle rejected";
        }
        String problem = problem(put.body());
        if (problem != null) {
            return "rejected: " + problem;
        }
        meaningless.add(each);
        return "compared, but stored with SQL: a flag that PUT rejects";
    }

    private static boolean isValid(String document) {
        try {
            RulesetChange.replaceAll(CheckedRuleset.ofDocument(document, KnownFlags.NONE))
                    .applyTo(RowSet.EMPTY);
            return true;
        } catch (InvalidRulesetException e) {
            return false;
        }
    }

    private void compare(RunningNode node, Case each, long revision) {
        Map<String, @Nullable Object> vector = each.vector();
        HttpResponse<String> answer = node.get(
                "/v1/vardata?context=" + RunningNode.encode(user(vector)) + flagKeys(vector),
                "Authorization",
                "Api-Key " + each.key(),
                "X-Variate-Min-Revision",
                String.valueOf(revision));
        check(vector, answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
        Object expected = comparable(expectedAnswer(vector));
        check(
                vector,
                expected.equals(comparable(Json.parse(answer.body()))),
                answer.body() + " instead of " + expected);
    }

    private void check(Map<String, @Nullable Object> vector, boolean right, String what) {
        if (!right) {
            wrong.add(vector.get("id") + ": " + what);
        }
    }

    /**
     * Why the document of a case was rejected, if the case does not expect it: the engines turn off single flags. Null if
     * the flags can be evaluated.
     */
    private static @Nullable String problem(String body) {
        String message = String.valueOf(map(map(Json.parse(body)).get("error")).get("message"));
        if (message.contains("cycle")) {
            return "a cycle among flags not requested";
        }
        return message.startsWith("the pattern is invalid") ? "an invalid pattern" : null;
    }

    private static @Nullable String reasonToSkip(Map<String, @Nullable Object> vector) {
        Map<?, ?> context = map(vector.get("context"));
        List<?> flags = list(vector.get("flags"));
        if (!Set.of("user", "groups").containsAll(context.keySet())) {
            return "skipped: the context has more than user and groups";
        }
        if (context.containsKey("user") && !(context.get("user") instanceof Map)) {
            return "skipped: the user is not an object";
        }
        if (context.containsKey("groups") && !isExpressible(context.get("groups"))) {
            return "skipped: a user object cannot express such groups";
        }
        List<Object> keys = new ArrayList<>();
        for (Object flag : flags) {
            keys.add(String.valueOf(map(flag).get("key")));
        }
        if (new HashSet<>(keys).size() < keys.size()) {
            return "skipped: two flags have the same key";
        }
        if (!vector.containsKey("sort") && !isInDependencyOrder(flags, keys)) {
            return "skipped: the flags are not in dependency order, which the server always uses";
        }
        return null;
    }

    /** Groups are named by type; their other properties refer to the name. */
    private static boolean isExpressible(@Nullable Object groups) {
        return groups instanceof Map<?, ?> types
                && types.values().stream()
                        .allMatch(group -> group instanceof Map<?, ?> members
                                && OF_GROUPS.containsAll(members.keySet())
                                && members.get("group_name") instanceof String
                                && !Map.of().equals(members.get("group_properties"))
                                && !List.of().equals(members.get("cohort_ids")));
    }

    private static boolean isInDependencyOrder(List<?> flags, List<Object> keys) {
        for (int i = 0; i < flags.size(); i++) {
            Object dependencies = map(flags.get(i)).get("dependencies");
            if (dependencies instanceof Collection<?> several) {
                for (Object dependency : several) {
                    if (keys.indexOf(dependency) >= i) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** The user object that results in the context of the case. */
    private static String user(Map<String, @Nullable Object> vector) {
        Map<?, ?> context = map(vector.get("context"));
        Map<Object, @Nullable Object> user = new LinkedHashMap<>();
        if (context.get("user") instanceof Map<?, ?> given) {
            user.putAll(given);
        }
        if (context.get("groups") instanceof Map<?, ?> groups) {
            user.put("groups", new LinkedHashMap<>());
            groups.forEach((type, tree) -> {
                Map<?, ?> group = map(tree);
                Object name = Objects.requireNonNull(group.get("group_name"));
                put(user, "groups", type, List.of(name));
                if (group.containsKey("group_properties")) {
                    put(user, "group_properties", type, Map.of(name, map(group.get("group_properties"))));
                }
                if (group.containsKey("cohort_ids")) {
                    put(user, "group_cohort_ids", type, Map.of(name, list(group.get("cohort_ids"))));
                }
            });
        }
        return Json.write(withHugeNumbersMarked(user)).replace("\"" + HUGE + "\"", HUGE);
    }

    /** Replaces numbers beyond double, which the writer would write as null, by a placeholder that is restored later. */
    private static @Nullable Object withHugeNumbersMarked(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
            members.forEach((key, value) -> copy.put(String.valueOf(key), withHugeNumbersMarked(value)));
            return copy;
        }
        if (tree instanceof List<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>();
            elements.forEach(element -> copy.add(withHugeNumbersMarked(element)));
            return copy;
        }
        return tree instanceof Double number && number == Double.POSITIVE_INFINITY ? HUGE : tree;
    }

    private static void put(Map<Object, @Nullable Object> user, String field, @Nullable Object type, Object value) {
        Map<Object, Object> members = new LinkedHashMap<>();
        if (user.get(field) instanceof Map<?, ?> earlier) {
            earlier.forEach((key, earlierValue) ->
                    members.put(Objects.requireNonNull(key), Objects.requireNonNull(earlierValue)));
        }
        members.put(Objects.requireNonNull(type), value);
        user.put(field, members);
    }

    private static String flagKeys(Map<String, @Nullable Object> vector) {
        return vector.get("flagKeys") instanceof List<?> keys
                ? "&flag_keys="
                        + RunningNode.encode(keys.stream().map(String::valueOf).collect(Collectors.joining(",")))
                : "";
    }

    /** The expected results in the form of the API: without default variants and flags not deployed, values as strings. */
    private static Map<String, Object> expectedAnswer(Map<String, @Nullable Object> vector) {
        Map<String, Object> answer = new HashMap<>();
        map(vector.get("expected")).forEach((flag, tree) -> {
            Map<Object, @Nullable Object> variant = new HashMap<>(map(tree));
            Map<?, ?> metadata = variant.get("metadata") instanceof Map<?, ?> some ? some : Map.of();
            if (Boolean.TRUE.equals(metadata.get("default")) || Boolean.FALSE.equals(metadata.get("deployed"))) {
                return;
            }
            Object value = variant.get("value");
            if (value != null) {
                variant.put("value", value instanceof String text ? text : text(value));
            }
            if (metadata.get("experimentKey") instanceof String experiment) {
                variant.put("expKey", experiment);
            }
            answer.put(String.valueOf(flag), variant);
        });
        return answer;
    }

    private static String text(Object value) {
        return value instanceof Map || value instanceof List ? Json.write(value) : value.toString();
    }

    private static Object comparable(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            Map<Object, Object> copy = new HashMap<>();
            members.forEach((key, value) -> copy.put(String.valueOf(key), comparable(value)));
            return copy;
        }
        if (tree instanceof List<?> elements) {
            return elements.stream().map(VectorsOverHttpTest::comparable).toList();
        }
        if (tree instanceof Long number && (long) number.doubleValue() == number) {
            return number.doubleValue();
        }
        return tree == null ? "null" : tree;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, @Nullable Object>> vectors() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                        VectorsOverHttpTest.class.getResourceAsStream("/vectors/evaluation-public.jsonl.gz"));
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                vectors.add((Map<String, @Nullable Object>) Objects.requireNonNull(Json.parse(line)));
            }
            return vectors;
        }
    }

    private static Map<?, ?> map(@Nullable Object tree) {
        return tree instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(@Nullable Object tree) {
        return tree instanceof List<?> list ? list : List.of();
    }
}
