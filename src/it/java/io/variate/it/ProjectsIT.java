package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.FlagStream;
import io.variate.it.harness.Fleet;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unnamed project and two named ones on a cluster of two nodes, with equal flag keys and equal cohort ids. Whatever belongs
 * to a project has its name in it, so an answer that mixes two projects is found by its text.
 */
class ProjectsIT {
    private static final String UNNAMED = "unnamed";
    private static final List<String> PROJECTS = List.of(UNNAMED, "shop", "bank");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static final String FORWARDED = Neighbours.unique("projects_forwarded");

    @SuppressWarnings("NullAway.Init")
    private static Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private static JarNode one;

    @SuppressWarnings("NullAway.Init")
    private static JarNode two;

    @BeforeAll
    static void startTwoNodesWithThreeProjects() {
        fleet = new Fleet(
                directory, Neighbours.kafka().bootstrapServers(), List.of("one", "two"), settings -> settings.set(
                                "project.api-key", "api-" + UNNAMED)
                        .set("project.secret-key", "secret-" + UNNAMED)
                        .set("events.forward-topic", FORWARDED));
        one = fleet.start("one");
        two = fleet.start("two");
        // A cohort is uploaded before a flag refers to it, and a project exists before it has cohorts.
        one.putRuleset(projects(name -> ""));
        for (String name : PROJECTS) {
            HttpResponse<String> uploaded =
                    one.admin("PUT", "/api/1/cohorts/vip?project=" + key(name), "\"vip-of-" + name + "\"\n");
            assertThat(uploaded.statusCode()).as(uploaded.body()).isEqualTo(200);
        }
        one.putRuleset(projects(ProjectsIT::member));
        for (JarNode node : nodes()) {
            for (String name : PROJECTS) {
                Await.value(
                        "the node evaluates with the uploaded cohort",
                        Fleet.SOON,
                        () -> variants(node, name, "vip-of-" + name),
                        seen -> seen.containsKey("member"));
            }
        }
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    private static List<JarNode> nodes() {
        return List.of(one, two);
    }

    private static String key(String name) {
        return name.equals(UNNAMED) ? "" : name;
    }

    private static String projects(UnaryOperator<String> member) {
        return "{\"projects\": {"
                + PROJECTS.stream()
                        .map(name -> "\"" + key(name) + "\": " + project(name, member.apply(name)))
                        .collect(Collectors.joining(","))
                + "}}";
    }

    /** A flag of an uploaded cohort. */
    private static String member(String name) {
        return """
                {"key": "member", "variants": {"v": {"key": "vip-%s"}}, "segments": [{"variant": "v",
                   "conditions": [[{"selector": ["context", "user", "cohort_ids"], "op": "set contains any",
                     "values": ["vip"]}]]}]},""".formatted(name);
    }

    private static String project(String name, String member) {
        String credentials = name.equals(UNNAMED) ? "" : """
                "apiKey": "api-%1$s", "secretKey": "secret-%1$s",""".formatted(name);
        return """
                {%s
                 "deployments": [{"key": "server-%2$s", "label": "label-%2$s", "type": "server", "flags": ["*"],
                                  "remoteRules": true}],
                 "flags": [%3$s, %4$s {"key": "only-%2$s", "variants": {"v": {"key": "on"}}, "segments": [{"variant": "v"}]}],
                 "cohorts": [{"id": "inline-%2$s", "memberIds": ["in-%2$s"]}]}""".formatted(credentials, name, offer("for-" + name), member);
    }

    /** A flag that everybody gets. */
    private static String offer(String variant) {
        return """
                {"key": "offer", "variants": {"v": {"key": "%s"}}, "segments": [{"variant": "v"}]}""".formatted(variant);
    }

    private static Stream<List<String>> pairs() {
        return PROJECTS.stream()
                .flatMap(own ->
                        PROJECTS.stream().filter(other -> !other.equals(own)).map(other -> List.of(own, other)));
    }

    @Test
    void everyKeySelectsItsProjectOnEveryNode() {
        for (JarNode node : nodes()) {
            for (String name : PROJECTS) {
                selectsItsProject(node, name);
            }
        }
    }

    private static void selectsItsProject(JarNode node, String name) {
        String[] key = deployment(name);
        String user = """
                {"user_id":"vip-of-%s"}""".formatted(name);
        JsonObject expected = new JsonObject();
        Map.of("offer", "for-" + name, "member", "vip-" + name, "only-" + name, "on")
                .forEach((flag, variant) -> expected.put(flag, new JsonObject().put("key", variant)));

        assertThat(variants(node, name, "vip-of-" + name)).isEqualTo(expected);
        assertThat(new JsonObject(node.request("POST", "/v1/vardata", user, key).body()))
                .isEqualTo(expected);
        assertThat(resolutions(node, name))
                .isEqualTo(Map.of("offer", "for-" + name, "member", "vip-" + name, "only-" + name, "on"));
        JsonObject member = new JsonObject(node.request("POST", "/ofrep/v1/evaluate/flags/member", context(name), key)
                .body());
        assertThat(member.getString("variant")).isEqualTo("vip-" + name);
        assertThat(node.deliveredFlags("server-" + name)).isEqualTo(Set.of("offer", "member", "only-" + name));
        assertThat(node.request("GET", "/sdk/v2/memberships/User/vip-of-" + name, "", key)
                        .body())
                .isEqualTo("[\"vip\"]");
        assertThat(new JsonObject(cohort(node, "vip", name, name).body()).getJsonArray("memberIds"))
                .isEqualTo(JsonArray.of("vip-of-" + name));
        assertThat(new JsonObject(cohort(node, "inline-" + name, name, name).body()).getJsonArray("memberIds"))
                .isEqualTo(JsonArray.of("in-" + name));
        JsonObject explained =
                new JsonObject(node.request("POST", "/v1/explain", user, key).body());
        assertThat(explained.getString("project")).isEqualTo(name.equals(UNNAMED) ? null : name);
        assertThat(explained.getJsonArray("flags")).hasSize(3);
    }

    @Test
    void noAnswerContainsAnythingOfAnotherProject() {
        for (JarNode node : nodes()) {
            pairs().forEach(pair -> {
                String own = pair.get(0);
                String other = pair.get(1);
                for (HttpResponse<String> answer : requestsFor(node, own, other)) {
                    assertThat(answer.body())
                            .as("%s with the keys of %s", answer.uri(), own)
                            .doesNotContain(other)
                            .doesNotContain("secret-");
                }
            });
        }
    }

    /** Each request asks for something of the other project, with the keys of its own. */
    private static List<HttpResponse<String>> requestsFor(JarNode node, String own, String other) {
        String[] key = deployment(own);
        String user = """
                {"user_id":"vip-of-%s"}""".formatted(other);
        List<HttpResponse<String>> answers = new ArrayList<>();
        answers.add(node.request("GET", "/v1/vardata?user_id=vip-of-" + other, "", key));
        answers.add(node.request("GET", "/v1/vardata?user_id=u&flag_keys=only-" + other, "", key));
        answers.add(node.request("POST", "/v1/vardata", user, key));
        answers.add(node.request("GET", "/sdk/v2/flags", "", key));
        answers.add(node.request("GET", "/sdk/v2/flags?flag_key=only-" + other, "", key));
        answers.add(node.request("POST", "/ofrep/v1/evaluate/flags", context(other), key));
        answers.add(node.request("POST", "/ofrep/v1/evaluate/flags/member", context(other), key));
        answers.add(node.request("POST", "/v1/explain", user, key));
        answers.add(node.request("POST", "/v1/explain?flag_keys=only-" + other, user, key));
        answers.add(node.request("POST", "/v1/simulate", """
                {"user_ids":["vip-of-%s"]}""".formatted(other), key));
        answers.add(node.request("POST", "/v1/simulate", """
                {"user_ids":["u"],"flag_keys":["only-%s"]}""".formatted(other), key));
        answers.add(node.request("GET", "/sdk/v2/memberships/User/vip-of-" + other, "", key));
        answers.add(node.request("GET", "/sdk/v2/memberships/User/in-" + other, "", key));
        answers.add(cohort(node, "vip", own, own));
        answers.add(cohort(node, "inline-" + other, own, own));
        answers.add(cohort(node, "vip", other, own));
        answers.add(cohort(node, "vip", own, other));
        return answers;
    }

    @Test
    void rejectsKeysAndFlagsOfAnotherProject() {
        for (JarNode node : nodes()) {
            assertError(cohort(node, "vip", "shop", "bank"), 401, "unauthorized");
            assertError(cohort(node, "vip", "bank", "shop"), 401, "unauthorized");
            assertError(cohort(node, "inline-bank", "shop", "shop"), 404, "unknown_cohort");
            assertError(node.request("GET", "/v1/vardata?user_id=u", "", apiKey("api-shop")), 401, "unauthorized");
            HttpResponse<String> unknown =
                    node.request("POST", "/ofrep/v1/evaluate/flags/only-bank", context("bank"), deployment("shop"));
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(new JsonObject(unknown.body()).getString("errorCode")).isEqualTo("FLAG_NOT_FOUND");
        }
    }

    @Test
    void theAdministrationRequiresTheProjectOfAFlag() {
        for (JarNode node : nodes()) {
            assertThat(node.admin("GET", "/api/1/ruleset/flags/only-shop?project=shop", "")
                            .statusCode())
                    .isEqualTo(200);
            assertError(node.admin("GET", "/api/1/ruleset/flags/only-shop", ""), 404, "unknown_flag");
            assertError(node.admin("GET", "/api/1/ruleset/flags/only-shop?project=bank", ""), 404, "unknown_flag");
            assertError(node.admin("GET", "/api/1/ruleset/flags/offer?project=none", ""), 404, "unknown_project");
            assertError(node.admin("PUT", "/api/1/cohorts/vip?project=none", "\"u\"\n"), 404, "unknown_project");
            assertThat(cohortsOf(node, ""))
                    .containsExactly(
                            "bank inline-bank",
                            "bank vip",
                            "shop inline-shop",
                            "shop vip",
                            "unnamed inline-unnamed",
                            "unnamed vip");
            assertThat(cohortsOf(node, "?project=shop")).containsExactly("shop inline-shop", "shop vip");
        }
    }

    @Test
    void rejectsBothFormsAtOnceAndKeysOfTwoProjects() {
        String before = one.admin("GET", "/api/1/ruleset", "").body();

        assertError(one.put("""
                {"flags": [], "projects": {}}"""), 400, "invalid_ruleset");
        HttpResponse<String> twice = one.admin("PUT", "/api/1/ruleset/projects/copy", project("shop", ""));

        assertError(twice, 400, "invalid_ruleset");
        assertThat(twice.body())
                .contains("projects.copy.deployments.label-shop.key", "projects.copy.apiKey")
                .doesNotContain("secret-shop");
        for (JarNode node : nodes()) {
            assertThat(node.admin("GET", "/api/1/ruleset", "").body()).isEqualTo(before);
        }
    }

    /** A stream that saw a change of another project would receive it before the change of its own. */
    @Test
    void aStreamReceivesOnlyChangesOfItsProject() {
        try (FlagStream shop = FlagStream.open(two, "server-shop");
                FlagStream bank = FlagStream.open(two, "server-bank")) {
            assertThat(shop.next()).contains("for-shop").doesNotContain("bank");
            assertThat(bank.next()).contains("for-bank").doesNotContain("shop");

            replaceOffer("shop", "second-for-shop");
            assertThat(shop.next()).contains("second-for-shop").doesNotContain("bank");
            replaceOffer("bank", "second-for-bank");
            assertThat(bank.next()).contains("second-for-bank").doesNotContain("shop");
            replaceOffer("shop", "for-shop");
            assertThat(shop.next()).contains("\"for-shop\"").doesNotContain("bank");
            replaceOffer("bank", "for-bank");
            assertThat(bank.next()).contains("\"for-bank\"").doesNotContain("shop");
        }
    }

    private static void replaceOffer(String name, String variant) {
        HttpResponse<String> replaced =
                one.admin("PUT", "/api/1/ruleset/flags/offer?project=" + key(name), offer(variant));
        assertThat(replaced.statusCode()).as(replaced.body()).isEqualTo(200);
        long revision = new JsonObject(replaced.body()).getLong("revision");
        for (JarNode node : nodes()) {
            Await.until("the node serves the change", Fleet.SOON, () -> node.revision("server-" + name) >= revision);
        }
    }

    @Test
    void aRemovedProjectLeavesTheOthersAsTheyAre() {
        String added = project("leaving", "");
        assertThat(one.admin("PUT", "/api/1/ruleset/projects/leaving", added).statusCode())
                .isEqualTo(201);
        Await.until(
                "the other node serves the new project",
                Fleet.SOON,
                () -> two.request("GET", "/v1/vardata?user_id=u", "", deployment("leaving"))
                                .statusCode()
                        == 200);
        try (FlagStream stream = FlagStream.open(two, "server-leaving")) {
            assertThat(stream.next()).contains("for-leaving");

            assertThat(two.admin("DELETE", "/api/1/ruleset/projects/leaving", "")
                            .statusCode())
                    .isEqualTo(200);

            assertThat(stream.next()).as("the stream has ended").isEmpty();
        }
        for (JarNode node : nodes()) {
            Await.until(
                    "the node rejects the key of the removed project",
                    Fleet.SOON,
                    () -> node.request("GET", "/v1/vardata?user_id=u", "", deployment("leaving"))
                                    .statusCode()
                            == 401);
            assertThat(variants(node, "shop", "u").getJsonObject("offer").getString("key"))
                    .isEqualTo("for-shop");
        }
    }

    @Test
    void eventsInKafkaNameTheirProject() {
        String user = Neighbours.unique("viewer");
        Set<String> expected = new TreeSet<>();
        Set<String> forwarded = new TreeSet<>();
        for (String name : PROJECTS) {
            variants(two, name, user);
            expected.add(name + " [Experiment] Assignment label-" + name);
            List<String> keys = List.of("api-" + name, "server-" + name);
            for (String key : keys) {
                HttpResponse<String> answer = one.post("/batch", upload(key, user));
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                expected.add(name + " [Experiment] Exposure " + key);
                forwarded.add(name + " page view " + key);
            }
        }
        fleet.awaitDelivery();

        assertThat(describe(fleet.topic(), user)).isEqualTo(expected);
        assertThat(describe(FORWARDED, user)).isEqualTo(forwarded);
        HttpResponse<String> rejected = one.post("/batch", upload("secret-shop", user));
        assertThat(rejected.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(rejected.body()).getString("reason")).isEqualTo("unauthorized");
    }

    /** Both events have the same ids whatever the key, and claim another project. */
    private static String upload(String key, String user) {
        String event = """
                {"event_type":"%s","user_id":"%s","insert_id":"i-%s","project":"forged","deployment":"%s"}""";
        return """
                {"api_key":"%s","events":[%s,%s]}""".formatted(
                        key,
                        event.formatted("[Experiment] Exposure", user, key, key),
                        event.formatted("page view", user, key, key));
    }

    private static Set<String> describe(String topic, String user) {
        return Neighbours.events(topic).stream()
                .filter(event -> user.equals(event.key()))
                .map(event -> new JsonObject(event.value()))
                .map(event -> event.getString("project", UNNAMED) + " " + event.getString("event_type") + " "
                        + event.getString("deployment"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static JsonObject variants(JarNode node, String name, String user) {
        HttpResponse<String> answer = node.vardata("server-" + name, Map.of("user_id", user));
        return answer.statusCode() == 200 ? new JsonObject(answer.body()) : new JsonObject();
    }

    private static Map<String, String> resolutions(JarNode node, String name) {
        HttpResponse<String> answer = node.request("POST", "/ofrep/v1/evaluate/flags", context(name), deployment(name));
        Map<String, String> resolved = new HashMap<>();
        for (Object flag : new JsonObject(answer.body()).getJsonArray("flags")) {
            JsonObject resolution = (JsonObject) flag;
            resolved.put(resolution.getString("key"), resolution.getString("variant"));
        }
        return resolved;
    }

    private static List<String> cohortsOf(JarNode node, String query) {
        return new JsonObject(node.admin("GET", "/api/1/cohorts" + query, "").body())
                .getJsonArray("cohorts").stream()
                        .map(cohort -> (JsonObject) cohort)
                        .map(cohort -> cohort.getString("project", UNNAMED) + " " + cohort.getString("id"))
                        .sorted()
                        .toList();
    }

    private static String context(String name) {
        return """
                {"context":{"targetingKey":"vip-of-%s"}}""".formatted(name);
    }

    private static String[] deployment(String name) {
        return apiKey("server-" + name);
    }

    private static String[] apiKey(String key) {
        return new String[] {"Authorization", "Api-Key " + key};
    }

    /** Downloads a cohort with the API key of one project and the secret key of another. */
    private static HttpResponse<String> cohort(JarNode node, String id, String apiKeyOf, String secretKeyOf) {
        String keys = "api-" + apiKeyOf + ":secret-" + secretKeyOf;
        String encoded = Base64.getEncoder().encodeToString(keys.getBytes(StandardCharsets.UTF_8));
        return node.request("GET", "/sdk/v1/cohort/" + id, "", "Authorization", "Basic " + encoded);
    }

    private static void assertError(HttpResponse<String> answer, int status, @Nullable String code) {
        assertThat(answer.statusCode()).as("%s %s", answer.uri(), answer.body()).isEqualTo(status);
        assertThat(new JsonObject(answer.body()).getJsonObject("error").getString("code"))
                .isEqualTo(code);
    }
}
