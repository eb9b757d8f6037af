package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.client.EvaluationClient;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.LiteMember;
import io.variate.it.harness.LongRun;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.PublicCases;
import io.variate.it.harness.PublicCases.PublicCase;
import io.variate.it.harness.SdkScript;
import io.variate.json.Json;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.variate.testing.StoredRuleset;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user gets the same variants through every interface of a node, and from an SDK with local evaluation. The profile
 * {@code long} compares 10,000 users of each ruleset instead of 1,000.
 */
class SameAnswerIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int USERS = LongRun.either(1_000, 10_000);
    private static final int AT_A_TIME = 50;
    private static final int CASES_IN_A_DOCUMENT = 500;
    private static final int USERS_OF_A_CASE = LongRun.either(2, 8);

    /** Compares what is no version with one, of which engines differ; its own user falls into a bucket that hides it. */
    private static final String OTHER_ORDER_OF_VERSIONS = "server-p-mix-0224";

    /** What a provider of OpenFeature sends as a field of the user; it sends everything else as a user property. */
    private static final Set<String> USER_FIELDS = Set.of(
            "user_id",
            "device_id",
            "country",
            "region",
            "city",
            "dma",
            "language",
            "platform",
            "version",
            "os",
            "carrier",
            "device_manufacturer",
            "device_brand",
            "device_model",
            "library",
            "user_properties",
            "groups",
            "group_properties",
            "cohort_ids",
            "group_cohort_ids");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final String DATABASE = Neighbours.database();
    private static final String CLUSTER = Neighbours.unique("doors");
    private static final List<Integer> PORTS = FreePorts.some(2);

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    @SuppressWarnings("NullAway.Init")
    private static Vertx application;

    @SuppressWarnings("NullAway.Init")
    private static EvaluationClient bus;

    private final Map<String, Integer> compared = new TreeMap<>();
    private final List<String> different = new ArrayList<>();
    private final Map<String, Set<String>> delivered = new HashMap<>();
    private final Set<String> results = new HashSet<>();
    private int withheld;

    /**
     * Somebody to be asked about.
     *
     * @param user a user object, in JSON of nothing but ASCII
     * @param inNode whether the Node SDK must say the same
     */
    private record Question(String deployment, String user, boolean inNode) {}

    /**
     * The results that each door gives, as variant keys by flag key.
     *
     * @param shown those of the first one without default variants
     * @param openFeature null of a user that a provider would send otherwise
     */
    private record Doors(
            Map<String, String> get,
            Map<String, String> shown,
            Map<String, String> post,
            Map<String, String> first,
            Map<String, String> overTheBus,
            @Nullable Map<String, String> openFeature) {}

    @BeforeAll
    static void start() throws Exception {
        node = JarNode.start(NodeSettings.of(directory, "node")
                .joining(CLUSTER, PORTS.get(0), PORTS.get(0), PORTS.get(1))
                .set("postgres.uri", DATABASE)
                .set("http.max-url-length", 1_048_576)
                .set("evaluation.timeout", "20s")
                .set("admin.token", JarNode.TOKEN));
        application = LiteMember.joining(CLUSTER, PORTS.get(1), PORTS.get(0)).await(30, TimeUnit.SECONDS);
        bus = EvaluationClient.ofCluster(application, SOON);
        node.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        application.close().await(20, TimeUnit.SECONDS);
        node.close();
    }

    @Test
    void allInterfacesAgreeOnUsersOfTheDemoRuleset() throws Exception {
        serve(Files.readString(Path.of("conf", "demo-ruleset.json")));

        compare(IntStream.range(0, USERS).mapToObj(SameAnswerIT::demoUser).toList());

        System.out.printf("demo ruleset: compared %s%n", compared);
        assertThat(different).isEmpty();
        assertThat(compared).containsEntry("Node SDK", USERS).containsEntry("OFREP", USERS);
    }

    private static Question demoUser(int number) {
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("user_id", "user-" + number);
        user.put("device_id", "device-" + number % 7);
        user.put("country", List.of("US", "CA", "DE", "ü").get(number % 4));
        user.put("user_properties", Map.of("premium", number % 3 == 0));
        return new Question("server-demo-key", PublicCases.ascii(user), true);
    }

    @Test
    void allInterfacesAgreeOnUsersOfThePublicVectors() throws Exception {
        // Those that select all results see the keys of flags, which deployments of one document cannot share.
        List<PublicCase> cases = PublicCases.read().cases().stream()
                .filter(each -> !each.alone())
                .toList();
        for (int from = 0; from < cases.size(); from += CASES_IN_A_DOCUMENT) {
            List<PublicCase> some = cases.subList(from, Math.min(cases.size(), from + CASES_IN_A_DOCUMENT));
            serve(PublicCases.document(some));
            compare(some.stream().flatMap(SameAnswerIT::users).toList());
        }

        System.out.printf("public vectors: compared %s%n", compared);
        assertThat(different).isEmpty();
        assertThat(compared.get("Node SDK")).isGreaterThanOrEqualTo(USERS);
        assertThat(withheld).as("results of flags that SDKs do not get").isLessThan(100);
        assertThat(compared.get("OFREP")).isGreaterThanOrEqualTo(USERS);
    }

    /**
     * Flags with a prerequisite, inclusions, globs, versions, a mutual exclusion group and a holdout, in a project that the
     * rulesets of the other tests do not replace.
     */
    @Test
    void allInterfacesAgreeOnFlagsThatManagementCompiles() throws Exception {
        admin("POST", "/api/1/projects", "{\"id\": \"managed\"}");
        String deployment = new JsonObject(admin("POST", "/api/1/deployments", """
                {"projectId": "managed", "label": "server", "type": "server"}""")).getString("id");
        String parent = create("/flags", deployment, "parent", """
                "rolloutPercentage": 50""");
        String glob = create("/experiments", deployment, "glob", """
                "variants": [{"key": "a"}, {"key": "b", "payload": {"n": 1.0}}, {"key": "c"}],
                "rolloutWeights": {"a": 1, "b": 1, "c": 2}, "rolloutPercentage": 7.5,
                "targetSegments": [{"name": "paths", "percentage": 99, "rolloutWeights": {"a": 1, "b": 0, "c": 3},
                  "conditions": [{"type": "property", "prop": "gp:path", "op": "glob match", "values": ["/shop/*", "/a?c"]}]}]""");
        String version = create("/experiments", deployment, "version", """
                "rolloutPercentage": 0, "targetSegments": [
                  {"name": "new", "percentage": 100, "rolloutWeights": {"control": 1, "treatment": 1}, "conditions": [
                    {"type": "property", "prop": "version", "op": "greater or equal", "values": ["3.2.0"]},
                    {"type": "property", "prop": "country", "op": "is not", "values": ["(none)", "US"]}]}]""");
        create("/flags", deployment, "child", """
                "rolloutPercentage": 100, "inclusions": {"on": {"users": ["user-3"]}, "off": {"users": ["user-4"]}},
                "parentDependencies": {"flags": {"%s": ["on"]}, "operator": "all"}""".formatted(parent));
        admin("POST", "/api/1/mutexes", """
                {"projectId": "managed", "name": "m", "evaluationMode": "local", "bucketingKey": "user_id", "slots": [
                  {"percentage": 30, "experiments": [%s]}, {"percentage": 50, "experiments": [%s]}]}""".formatted(glob, version));
        admin("POST", "/api/1/holdouts", """
                {"projectId": "managed", "name": "h", "evaluationMode": "local", "bucketingKey": "user_id",
                 "holdoutPercentage": 10, "experiments": [%s]}""".formatted(version));
        String key = keyOf(deployment);
        Set<String> flags = Set.of("parent", "glob", "version", "child");
        Await.value(
                "the flags are delivered",
                SOON,
                () -> node.deliveredFlags(key),
                delivered -> delivered.containsAll(flags));

        compare(IntStream.range(0, USERS)
                .mapToObj(number -> managedUser(key, number))
                .toList());

        System.out.printf("managed flags: compared %s%n", compared);
        assertThat(different).isEmpty();
        assertThat(compared).containsEntry("Node SDK", USERS).containsEntry("OFREP", USERS);
        assertThat(delivered.get(key)).containsAll(flags);
        assertThat(results)
                .contains("parent=on", "parent=off", "child=on", "child=off", "glob=a", "glob=c", "glob=off")
                .contains("version=control", "version=treatment", "version=off");
    }

    private static String keyOf(String deployment) {
        return new JsonObject(admin("GET", "/api/1/deployments?projectId=managed", ""))
                .getJsonArray("deployments").stream()
                        .map(JsonObject.class::cast)
                        .filter(each -> each.getString("id").equals(deployment))
                        .findFirst()
                        .orElseThrow()
                        .getString("key");
    }

    private static String create(String path, String deployment, String key, String fields) {
        return new JsonObject(admin("POST", "/api/1" + path, """
                        {"projectId": "managed", "key": "%s", "bucketingKey": "user_id", "evaluationMode": "local",
                         "enabled": true, "deployments": ["%s"], %s}""".formatted(key, deployment, fields))).getString("id");
    }

    private static String admin(String method, String path, String body) {
        HttpResponse<String> answer = node.admin(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static Question managedUser(String deployment, int number) {
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("user_id", "user-" + number);
        user.put("country", List.of("US", "DE", "AT").get(number % 3));
        user.put("version", List.of("3.2.0", "3.10.1", "3.1.9", "2").get(number % 4));
        user.put(
                "user_properties",
                Map.of("path", List.of("/shop/1/2", "/abc", "/other").get(number % 3)));
        return new Question(deployment, PublicCases.ascii(user), true);
    }

    /** The user of a vector, and others who differ from it by their ids, where these only decide the bucket. */
    private static Stream<Question> users(PublicCase each) {
        Map<String, @Nullable Object> user = PublicCases.object(Json.parse(context(each)));
        String conditions = Json.write(each.flags().stream()
                .flatMap(flag -> ((List<?>) Objects.requireNonNull(flag.get("segments"))).stream())
                .map(segment -> PublicCases.object(segment).get("conditions"))
                .toList());
        boolean inNode = each.expected() != null
                && !each.query().containsKey("flag_keys")
                && hasNamedGroups(user)
                // The SDK knows cohorts by itself, and takes no notice of those that a user says to be in.
                && !conditions.contains("\"cohort_ids\"]");
        Stream<Question> own = Stream.of(new Question(each.deployment(), context(each), inNode));
        boolean idsAreTargeted = conditions.contains("\"user_id\"]") || conditions.contains("\"device_id\"]");
        return !inNode || idsAreTargeted || each.deployment().equals(OTHER_ORDER_OF_VERSIONS)
                ? own
                : Stream.concat(
                        own,
                        IntStream.range(1, USERS_OF_A_CASE)
                                .mapToObj(number -> new Question(each.deployment(), withIds(user, number), true)));
    }

    private static String context(PublicCase each) {
        return Objects.requireNonNull(each.query().get("context"));
    }

    /** Without names such as "", which the SDK takes for none. */
    private static boolean hasNamedGroups(Map<String, @Nullable Object> user) {
        return !(user.get("groups") instanceof Map<?, ?> groups) || !groups.containsValue(List.of(""));
    }

    private static String withIds(Map<String, @Nullable Object> user, int number) {
        Map<String, @Nullable Object> other = new LinkedHashMap<>(user);
        other.put("user_id", "user-" + number);
        other.put("device_id", "device-" + number);
        return PublicCases.ascii(other);
    }

    private static void serve(String document) {
        long revision = StoredRuleset.replace(DATABASE, document);
        String key = new JsonObject(document)
                .getJsonArray("deployments")
                .getJsonObject(0)
                .getString("key");
        Await.value("the revision is served", SOON, () -> node.revision(key), seen -> seen == revision);
    }

    private void compare(List<Question> questions) throws Exception {
        Iterator<Map<String, String>> evaluatedInNode =
                evaluateInNode(questions.stream().filter(Question::inNode).toList());
        for (int from = 0; from < questions.size(); from += AT_A_TIME) {
            List<Question> some = questions.subList(from, Math.min(questions.size(), from + AT_A_TIME));
            List<Doors> answers = Future.all(
                            some.stream().map(SameAnswerIT::ask).toList())
                    .await(2, TimeUnit.MINUTES)
                    .list();
            for (int i = 0; i < some.size(); i++) {
                Doors answer = answers.get(i);
                compare("POST /sdk/v2/vardata", some.get(i), answer.get(), answer.post());
                compare("event bus", some.get(i), answer.get(), answer.overTheBus());
                if (some.get(i).inNode()) {
                    compare(
                            "Node SDK",
                            some.get(i),
                            delivered(some.get(i).deployment(), answer.get()),
                            evaluatedInNode.next());
                }
                if (answer.openFeature() != null) {
                    compare("OFREP", some.get(i), answer.get(), answer.openFeature());
                }
                compare("GET /v1/vardata", some.get(i), answer.shown(), answer.first());
            }
        }
    }

    /** Without flags that SDKs do not get because some could not read their patterns. */
    private Map<String, String> delivered(String deployment, Map<String, String> variants) {
        Set<String> flags = delivered.computeIfAbsent(deployment, node::deliveredFlags);
        Map<String, String> rest = new LinkedHashMap<>(variants);
        rest.keySet().retainAll(flags);
        withheld += variants.size() - rest.size();
        return rest;
    }

    private void compare(String door, Question question, Map<String, String> expected, Map<String, String> answer) {
        compared.merge(door, 1, Integer::sum);
        expected.forEach((flag, variant) -> results.add(flag + "=" + variant));
        if (!expected.equals(answer)) {
            different.add(door + " of " + question + ": " + answer + " instead of " + expected);
        }
    }

    private static Future<Doors> ask(Question question) {
        String base64 = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(question.user().getBytes(StandardCharsets.US_ASCII));
        Future<Object> get = send(question, "GET", "/sdk/v2/vardata", base64, "");
        Future<Object> post = send(question, "POST", "/sdk/v2/vardata", null, question.user());
        Future<Object> first =
                send(question, "GET", "/v1/vardata?context=" + JarNode.encode(question.user()), null, "");
        Future<Object> overTheBus = bus.evaluate(EvaluationRequest.builder(question.deployment())
                        .context(question.user())
                        .trackAssignment(false)
                        .format(AnswerFormat.V2)
                        .build())
                .map(response ->
                        Objects.requireNonNull(Json.parse(response.answer().toString())));
        Future<Object> openFeature = isOfOpenFeature(question.user())
                ? send(question, "POST", "/ofrep/v1/evaluate/flags", null, """
                        {"context":%s}""".formatted(question.user()))
                : Future.succeededFuture(Map.of());
        return Future.all(get, post, first, overTheBus, openFeature)
                .map(done -> new Doors(
                        variants(get.result()),
                        shown(get.result()),
                        variants(post.result()),
                        variants(first.result()),
                        variants(overTheBus.result()),
                        isOfOpenFeature(question.user())
                                ? resolutions(
                                        openFeature.result(),
                                        variants(get.result()).keySet())
                                : null));
    }

    private static boolean isOfOpenFeature(String user) {
        Map<String, @Nullable Object> members = PublicCases.object(Json.parse(user));
        return USER_FIELDS.containsAll(members.keySet())
                && (members.get("user_properties") == null || members.get("user_properties") instanceof Map);
    }

    private static Future<Object> send(
            Question question, String method, String path, @Nullable String user, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.url() + path))
                .timeout(SOON)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Authorization", "Api-Key " + question.deployment())
                .header("X-Amp-Exp-Track", "no-track");
        if (user != null) {
            request.header("X-Amp-Exp-User", user);
        }
        return Future.fromCompletionStage(HTTP.sendAsync(request.build(), BodyHandlers.ofString()))
                .map(response -> {
                    assertThat(response.statusCode())
                            .as("%s %s: %s", path, question, response.body())
                            .isEqualTo(200);
                    return Objects.requireNonNull(Json.parse(response.body()));
                });
    }

    private static Map<String, String> variants(Object answer) {
        Map<String, String> variants = new LinkedHashMap<>();
        PublicCases.object(answer)
                .forEach((flag, variant) -> variants.put(
                        flag, String.valueOf(PublicCases.object(variant).get("key"))));
        return variants;
    }

    private static Map<String, String> shown(Object answer) {
        Map<String, String> shown = variants(answer);
        PublicCases.object(answer).forEach((flag, variant) -> {
            if (PublicCases.object(variant).get("metadata") instanceof Map<?, ?> metadata
                    && Boolean.TRUE.equals(metadata.get("default"))) {
                shown.remove(flag);
            }
        });
        return shown;
    }

    /** @param assigned flags that came to a variant; others are told as off */
    private static Map<String, String> resolutions(Object answer, Set<String> assigned) {
        Map<String, String> variants = new LinkedHashMap<>();
        for (Object each :
                (List<?>) Objects.requireNonNull(PublicCases.object(answer).get("flags"))) {
            Map<String, @Nullable Object> resolution = PublicCases.object(each);
            String flag = String.valueOf(resolution.get("key"));
            String variant = String.valueOf(resolution.get("variant"));
            if (assigned.contains(flag) || !variant.equals("off")) {
                variants.put(flag, variant);
            }
        }
        return variants;
    }

    private static Iterator<Map<String, String>> evaluateInNode(List<Question> questions) throws IOException {
        Path in = Files.createTempFile(directory, "users-", ".jsonl");
        Path out = Files.createTempFile(directory, "variants-", ".jsonl");
        Files.write(
                in,
                questions.stream()
                        .map(each -> """
                        {"key":%s,"user":%s}""".formatted(Json.write(each.deployment()), each.user()))
                        .toList());
        SdkScript.run(
                "node-users.mjs",
                new JsonObject().put("url", node.url()).put("in", in.toString()).put("out", out.toString()));
        return Files.readAllLines(out).stream().map(SameAnswerIT::variantKeys).iterator();
    }

    private static Map<String, String> variantKeys(String line) {
        Map<String, String> keys = new LinkedHashMap<>();
        PublicCases.object(Json.parse(line)).forEach((flag, key) -> keys.put(flag, String.valueOf(key)));
        return keys;
    }
}
