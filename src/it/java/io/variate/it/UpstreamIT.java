package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.FlagStream;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.PublicCases;
import io.variate.it.harness.PublicCases.PublicCase;
import io.variate.it.harness.SdkRuleset;
import io.variate.testing.Await;
import io.variate.testing.StoredRuleset;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node with PostgreSQL, and two that follow it over HTTP: one by flag streams, the other by polling alone. */
class UpstreamIT {
    private static final String DATABASE = Neighbours.database();
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** A request, its evaluation and the compilation of the ruleset, on a busy machine. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private static final int MEMBERS = 100_000;
    private static final int CHANGES = 5;
    private static final int CASES_IN_A_DOCUMENT = 1_500;
    private static final int AT_A_TIME = 50;
    private static final List<String> DEPLOYMENTS = List.of("server-shop", "client-shop", "server-bank");

    private static final List<String> USERS = List.of("""
            {"user_id":"ann"}""", """
            {"user_id":"member-77777","device_id":"d"}""", """
            {"user_id":"bob","groups":{"org":["acme"]}}""", """
            {"user_id":"of-the-bank","country":"ü"}""", "{}");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode upstream;

    @SuppressWarnings("NullAway.Init")
    private static JarNode streaming;

    @SuppressWarnings("NullAway.Init")
    private static JarNode polling;

    @BeforeAll
    static void startTheUpstreamAndTwoNodesInFront() {
        upstream = JarNode.start(NodeSettings.of(directory, "upstream")
                .set("postgres.uri", DATABASE)
                .set("http.max-url-length", 1_048_576)
                .set("admin.token", JarNode.TOKEN));
        upstream.awaitReady();
        // A flag may only refer to a cohort that the project has.
        putProject("shop", project("shop", JsonArray.of(), JsonArray.of()).encode());
        putMembers(
                "shop",
                "large",
                IntStream.range(0, MEMBERS).mapToObj(i -> "member-" + i).toList());
        putProject("shop", shop("first"));
        putProject("bank", bank());
        putProject("vectors", vectors(List.of()));
        // The longest intervals show that changes come by stream.
        streaming = JarNode.launch(front("streaming").set("upstream.flags-interval", "1h"));
        polling = JarNode.launch(front("polling")
                .set("upstream.streams", false)
                .set("upstream.flags-interval", INTERVAL.toSeconds() + "s"));
        fronts().forEach(front -> front.awaitUp().awaitReady());
    }

    private static NodeSettings front(String id) {
        return NodeSettings.of(directory, id)
                .following(upstream.url())
                .set("upstream.projects.shop.api-key", "api-shop")
                .set("upstream.projects.shop.secret-key", "secret-shop")
                .set("upstream.projects.shop.deployment-keys", "server-shop,client-shop")
                .set("upstream.projects.bank.api-key", "api-bank")
                .set("upstream.projects.bank.secret-key", "secret-bank")
                .set("upstream.projects.bank.deployment-keys", "server-bank")
                .set("upstream.projects.vectors.api-key", "api-vectors")
                .set("upstream.projects.vectors.secret-key", "secret-vectors")
                .set("upstream.projects.vectors.deployment-keys", "server-vectors")
                .set("upstream.cohorts-interval", INTERVAL.toSeconds() + "s")
                .set("http.max-url-length", 1_048_576)
                .set("admin.token", JarNode.TOKEN);
    }

    @AfterAll
    static void stop() {
        Stream.of(streaming, polling, upstream).filter(Objects::nonNull).forEach(JarNode::close);
    }

    private static List<JarNode> fronts() {
        return List.of(streaming, polling);
    }

    private static String shop(String offer) {
        JsonArray deployments = JsonArray.of(deployment("server-shop", "server"), deployment("client-shop", "client"));
        JsonArray flags = JsonArray.of(
                offer(offer),
                SdkRuleset.flag("personal", "remote", SdkRuleset.is("user_id", "ann")),
                SdkRuleset.flag("vip", "local", SdkRuleset.inCohort("large")),
                SdkRuleset.flag("organisations", "local", SdkRuleset.groupInCohort("org", "customers")));
        return project("shop", deployments, flags)
                .put("cohorts", JsonArray.of(cohort("customers", "org", "acme", "initech")))
                .encode();
    }

    private static String bank() {
        JsonArray flags = JsonArray.of(
                offer("of-the-bank"),
                SdkRuleset.flag("account", "local", SdkRuleset.is("country", "ü")),
                SdkRuleset.flag("vip", "local", SdkRuleset.inCohort("large")));
        return project("bank", JsonArray.of(deployment("server-bank", "server")), flags)
                .put("cohorts", JsonArray.of(cohort("large", "User", "of-the-bank")))
                .encode();
    }

    private static JsonObject project(String name, JsonArray deployments, JsonArray flags) {
        return new JsonObject()
                .put("apiKey", "api-" + name)
                .put("secretKey", "secret-" + name)
                .put("deployments", deployments)
                .put("flags", flags);
    }

    private static JsonObject deployment(String key, String type) {
        return new JsonObject()
                .put("key", key)
                .put("label", key)
                .put("type", type)
                .put("flags", JsonArray.of("*"));
    }

    /** A flag that everybody gets. */
    private static JsonObject offer(String value) {
        return new JsonObject()
                .put("key", "offer")
                .put("variants", new JsonObject().put("on", new JsonObject().put("key", value)))
                .put("segments", JsonArray.of(new JsonObject().put("variant", "on")));
    }

    private static JsonObject cohort(String id, String groupType, String... members) {
        return new JsonObject()
                .put("id", id)
                .put("groupType", groupType)
                .put("memberIds", new JsonArray(List.of(members)));
    }

    @Test
    void servesThreeDeploymentsOfTwoProjectsLikeTheUpstream() {
        for (JarNode front : fronts()) {
            awaitVariant(front, "server-shop", "member-99999", "vip", "on");
            awaitVariant(front, "server-bank", "of-the-bank", "vip", "on");
            for (String deployment : DEPLOYMENTS) {
                for (String user : USERS) {
                    assertThat(variants(front, deployment, user))
                            .as("%s of %s", user, deployment)
                            .isEqualTo(variants(upstream, deployment, user));
                }
                assertThat(flags(front, deployment))
                        .as("flags of %s", deployment)
                        .isEqualTo(flags(upstream, deployment));
            }
        }
    }

    @Test
    void servesCohortsToTheClientsOfTheirProject() {
        for (JarNode front : fronts()) {
            awaitVariant(front, "server-shop", "member-0", "vip", "on");

            JsonObject large = downloaded(front, "shop", "large");

            assertThat(large.getInteger("size")).isEqualTo(MEMBERS);
            assertThat(large.getString("groupType")).isEqualTo("User");
            assertThat(large.getJsonArray("memberIds")).hasSize(MEMBERS).contains("member-0", "member-99999");
            assertThat(downloaded(front, "bank", "large").getJsonArray("memberIds"))
                    .isEqualTo(JsonArray.of("of-the-bank"));
            assertThat(downloaded(front, "shop", "customers").getString("groupType"))
                    .isEqualTo("org");
            assertThat(download(front, "bank", "customers").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void followsTheMembersOfACohort() {
        putProject("bank", bank());
        for (JarNode front : fronts()) {
            awaitVariant(front, "server-bank", "newcomer", "vip", "off");
        }

        putProject("bank", bank().replace("\"memberIds\":[", "\"memberIds\":[\"newcomer\","));

        for (JarNode front : fronts()) {
            awaitVariant(front, "server-bank", "newcomer", "vip", "on");
        }
        putProject("bank", bank());
        for (JarNode front : fronts()) {
            awaitVariant(front, "server-bank", "newcomer", "vip", "off");
        }
    }

    @Test
    void streamsChangesOfTheUpstreamToItsOwnClients() {
        for (JarNode front : fronts()) {
            try (FlagStream stream = FlagStream.open(front, "server-bank")) {
                assertThat(stream.next()).contains("\"of-the-bank\"");

                putOffer("bank", "streamed");

                assertThat(stream.next()).contains("\"streamed\"");
            }
            putOffer("bank", "of-the-bank");
            fronts().forEach(each -> awaitVariant(each, "server-bank", "u", "offer", "of-the-bank"));
        }
    }

    @Test
    @Tag("alone")
    void servesAChangeWithinASecondByStreamAndWithinTheIntervalByPolling() {
        List<Duration> byStream = new ArrayList<>();
        List<Duration> byPolling = new ArrayList<>();
        for (int change = 0; change < CHANGES; change++) {
            String value = "change-" + change;
            putOffer("shop", value);
            byStream.add(awaitVariant(streaming, "server-shop", "u", "offer", value));
            byPolling.add(awaitVariant(polling, "server-shop", "u", "offer", value));
        }

        System.out.printf("upstream: change served after %s by stream, %s by polling%n", byStream, byPolling);
        assertThat(byStream).allMatch(each -> each.compareTo(Duration.ofSeconds(1)) < 0);
        assertThat(byPolling).allMatch(each -> each.compareTo(INTERVAL.plus(MARGIN)) < 0);
    }

    @Test
    void servesTheMinimumRevisionThatTheUpstreamReturned() {
        for (int change = 0; change < CHANGES; change++) {
            String value = "revised-" + change;
            long revision = putOffer("shop", value);
            for (JarNode front : fronts()) {
                HttpResponse<String> answer = front.request(
                        "GET",
                        "/v1/vardata?user_id=u&flag_keys=offer",
                        "",
                        "Authorization",
                        "Api-Key server-shop",
                        "X-Variate-Min-Revision",
                        String.valueOf(revision));

                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                long served =
                        answer.headers().firstValueAsLong("X-Variate-Revision").orElse(-1);
                assertThat(answer.body())
                        .as("served revision %d after upstream revision %d", served, revision)
                        .contains("\"" + value + "\"");
                assertThat(served).isGreaterThanOrEqualTo(revision);
            }
        }
    }

    @Test
    void rejectsChangesOfAFollowedRuleset() {
        for (JarNode front : fronts()) {
            for (HttpResponse<String> answer : List.of(
                    front.put("{\"flags\":[]}"),
                    front.admin(
                            "PUT",
                            "/api/1/ruleset/flags/offer?project=shop",
                            offer("own").encode()),
                    front.admin("DELETE", "/api/1/ruleset/projects/shop", ""),
                    front.admin("PUT", "/api/1/cohorts/large?project=shop", "\"u\"\n"))) {
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);
                assertThat(answer.body()).contains("\"read_only\"");
            }
        }
    }

    @Test
    void answersThePublicVectorsLikeTheUpstream() {
        // Those that select all results see the keys of flags, which one document cannot share.
        List<PublicCase> cases = PublicCases.read().cases().stream()
                .filter(each -> !each.alone())
                .toList();
        List<String> different = new ArrayList<>();
        int compared = 0;
        for (int from = 0; from < cases.size(); from += CASES_IN_A_DOCUMENT) {
            List<PublicCase> some = cases.subList(from, Math.min(cases.size(), from + CASES_IN_A_DOCUMENT));
            String document = "{\"projects\": {\"vectors\": " + vectors(some) + "}}";
            long revision = StoredRuleset.replace(DATABASE, document);
            Await.value(
                    "the upstream serves the revision",
                    SOON,
                    () -> upstream.revision("server-vectors"),
                    seen -> seen >= revision);
            Set<String> delivered = upstream.deliveredFlags("server-vectors");
            for (JarNode front : fronts()) {
                Await.value(
                        "the revision is served",
                        SOON,
                        () -> front.revision("server-vectors"),
                        seen -> seen >= revision);
                Await.value(
                        "the vectors are served",
                        SOON,
                        () -> front.deliveredFlags("server-vectors"),
                        seen -> seen.equals(delivered));
            }
            for (int first = 0; first < some.size(); first += AT_A_TIME) {
                compared += compare(some.subList(first, Math.min(some.size(), first + AT_A_TIME)), different);
            }
        }

        System.out.printf("upstream: compared %d public vectors%n", compared);
        assertThat(different).isEmpty();
        assertThat(compared).isEqualTo(cases.size()).isGreaterThan(2_500);
    }

    /** All flags of some vectors, which keep apart by their keys, in one deployment. */
    private static String vectors(List<PublicCase> cases) {
        Map<String, Object> deployment =
                Map.of("key", "server-vectors", "label", "v", "type", "server", "flags", List.of("*"));
        List<Map<String, @Nullable Object>> flags = cases.stream()
                .map(PublicCase::flags)
                .flatMap(Collection::stream)
                .toList();
        return PublicCases.ascii(Map.of(
                "apiKey",
                "api-vectors",
                "secretKey",
                "secret-vectors",
                "deployments",
                List.of(deployment),
                "flags",
                flags));
    }

    private static int compare(List<PublicCase> cases, List<String> different) {
        List<CompletableFuture<HttpResponse<String>>> answers = Stream.of(upstream, streaming, polling)
                .flatMap(node -> cases.stream().map(each -> ask(node, each)))
                .toList();
        List<String> bodies = answers.stream()
                .map(CompletableFuture::join)
                .map(answer -> answer.statusCode() + " " + answer.body())
                .toList();
        for (int i = 0; i < cases.size(); i++) {
            String right = bodies.get(i);
            for (int node = 1; node <= 2; node++) {
                String answer = bodies.get(node * cases.size() + i);
                if (!right.startsWith("200 ") || !right.equals(answer)) {
                    different.add(cases.get(i).deployment() + ": " + answer + " instead of " + right);
                }
            }
        }
        return cases.size();
    }

    private static CompletableFuture<HttpResponse<String>> ask(JarNode node, PublicCase each) {
        String keys = each.flags().stream()
                .map(flag -> String.valueOf(flag.get("key")))
                .collect(Collectors.joining(","));
        String path = "/v1/vardata?context="
                + JarNode.encode(Objects.requireNonNull(each.query().get("context"))) + "&flag_keys="
                + JarNode.encode(each.query().getOrDefault("flag_keys", keys));
        return node.requestAsync(
                "GET", path, "", "Authorization", "Api-Key server-vectors", "X-Amp-Exp-Track", "no-track");
    }

    private static long putProject(String name, String document) {
        return revision(upstream.admin("PUT", "/api/1/ruleset/projects/" + name, document));
    }

    private static long putOffer(String project, String value) {
        return revision(upstream.admin(
                "PUT",
                "/api/1/ruleset/flags/offer?project=" + project,
                offer(value).encode()));
    }

    private static long revision(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
        return new JsonObject(answer.body()).getLong("revision");
    }

    private static void putMembers(String project, String cohort, List<String> members) {
        String lines = members.stream().map(each -> "\"" + each + "\"\n").collect(Collectors.joining());
        HttpResponse<String> answer = upstream.admin("PUT", "/api/1/cohorts/" + cohort + "?project=" + project, lines);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static Duration awaitVariant(JarNode node, String deployment, String user, String flag, String variant) {
        return Await.value(
                user + " gets " + variant + " of " + flag,
                SOON,
                () -> variantOf(node, deployment, user, flag),
                seen -> variant.equals(seen));
    }

    private static @Nullable String variantOf(JarNode node, String deployment, String user, String flag) {
        JsonObject found = variants(
                        node, deployment, new JsonObject().put("user_id", user).encode())
                .getJsonObject(flag);
        return found == null ? null : found.getString("key");
    }

    private static JsonObject variants(JarNode node, String deployment, String user) {
        HttpResponse<String> answer = node.request(
                "POST",
                "/sdk/v2/vardata",
                user,
                "Authorization",
                "Api-Key " + deployment,
                "X-Amp-Exp-Track",
                "no-track");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    /** The flags that SDKs with local evaluation get, by key. */
    private static Map<String, Object> flags(JarNode node, String deployment) {
        String body = node.request("GET", "/sdk/v2/flags", "", "Authorization", "Api-Key " + deployment)
                .body();
        return new JsonArray(body)
                .stream().collect(Collectors.toMap(flag -> ((JsonObject) flag).getString("key"), flag -> flag));
    }

    private static HttpResponse<String> download(JarNode node, String project, String cohort) {
        String credentials = Base64.getEncoder()
                .encodeToString(("api-" + project + ":secret-" + project).getBytes(StandardCharsets.UTF_8));
        return node.request(
                "GET",
                "/sdk/v1/cohort/" + cohort + "?maxCohortSize=2147483647",
                "",
                "Authorization",
                "Basic " + credentials);
    }

    private static JsonObject downloaded(JarNode node, String project, String cohort) {
        HttpResponse<String> answer = download(node, project, cohort);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }
}
