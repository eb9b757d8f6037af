package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.AmplitudeStandIn;
import io.variate.it.harness.AmplitudeStandIn.Fault;
import io.variate.it.harness.AmplitudeStandIn.Project;
import io.variate.it.harness.AmplitudeStandIn.Resource;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.SdkRuleset;
import io.variate.it.harness.SteadyLoad;
import io.variate.testing.Await;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node in front of an upstream that is down, slow, or answers nonsense. */
class UpstreamOutageIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration LOAD_PERIOD = Duration.ofMillis(10);
    private static final Project SHOP =
            new Project("101", "api-key-of-shop-7d1", "secret-key-of-shop-8e2", "management-key-of-shop-9f3");
    private static final int MAX_COHORT_SIZE = 50;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final AmplitudeStandIn upstream = new AmplitudeStandIn();
    private @Nullable JarNode node;
    private int change;

    @BeforeEach
    void fillTheUpstream() {
        upstream.add(SHOP);
        upstream.addDeployment(SHOP, Documents.KEY, flags("first"));
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
        upstream.close();
    }

    private static JsonObject[] flags(String colour) {
        return new JsonObject[] {
            Documents.colourFlag(colour), SdkRuleset.flag("vip", "local", SdkRuleset.inCohort("large"))
        };
    }

    private static String answer(String colour) {
        return Documents.colourAnswer(colour);
    }

    private NodeSettings settings() {
        return NodeSettings.of(directory, "front")
                .following(upstream.url())
                .set("upstream.api-key", SHOP.apiKey())
                .set("upstream.secret-key", SHOP.secretKey())
                .set("upstream.management-key", SHOP.managementKey())
                .set("upstream.flags-interval", "100ms")
                .set("upstream.deployments-interval", "100ms")
                .set("upstream.cohorts-interval", "100ms")
                .set("upstream.max-cohort-size", MAX_COHORT_SIZE)
                .set("upstream.timeout", "1s")
                .set("upstream.max-backoff", "200ms")
                .set("upstream.max-age", "2s")
                .set("admin.token", JarNode.TOKEN);
    }

    private JarNode start() {
        JarNode started = JarNode.start(settings());
        node = started;
        return started;
    }

    @Test
    void startsWithoutTheUpstreamAndWithASnapshotOrWithoutOne() {
        upstream.stop();
        JarNode first = start();
        assertThat(first.live().statusCode()).isEqualTo(200);
        assertThat(first.readiness().statusCode()).isEqualTo(503);
        assertThat(first.vardata(Documents.KEY, Map.of("user_id", "u")).statusCode())
                .isEqualTo(503);

        upstream.start();
        first.awaitReady();
        awaitServed(first, "first");

        first.terminate(SOON);
        upstream.stop();
        upstream.setFlags(Documents.KEY, flags("second"));
        JarNode second = start();
        second.awaitReady();
        awaitServed(second, "first");
        assertThat(second.origin()).isEqualTo("snapshot");
        awaitDependency(second, "down");
        assertSecretsAreHidden(second);

        upstream.start();
        awaitServed(second, "second");
        awaitDependency(second, "up");
        assertSecretsAreHidden(second);
    }

    @Test
    void answersThroughEveryFaultAndRecoversFromIt() {
        JarNode front = start();
        front.awaitReady();
        awaitServed(front, "first");
        List<String> seen = new ArrayList<>(List.of(answer("first")));
        for (Fault fault : Fault.values()) {
            // For flags, deployments and cohorts these are the same as others.
            if (fault != Fault.THROTTLED_DEVICES && fault != Fault.LOST_ANSWER) {
                survive(front, fault, seen);
            }
        }
        survive(front, null, seen);
        assertSecretsAreHidden(front);
    }

    /** @param fault null for an upstream whose ports are closed */
    private void survive(JarNode front, @Nullable Fault fault, List<String> seen) {
        String before = seen.get(seen.size() - 1);
        String value = "change-" + ++change;
        try (SteadyLoad load = SteadyLoad.start(front, LOAD_PERIOD, before, answer(value))) {
            if (fault == null) {
                upstream.stop();
            } else {
                upstream.failAll(fault);
            }
            awaitDependency(front, "down");
            upstream.setFlags(Documents.KEY, flags(value));
            load.awaitMore(10);
            assertThat(front.readiness().statusCode())
                    .as("ready during %s", fault)
                    .isEqualTo(200);
            assertThat(body(front, "after " + fault)).isEqualTo(before);

            if (fault == null) {
                upstream.start();
            }
            upstream.heal();
            Duration took = awaitServed(front, value);
            awaitDependency(front, "up");
            load.stop();
            System.out.printf("upstream outage: %s recovered after %d ms%n", fault, took.toMillis());
            assertThat(load.failures()).as("answers during %s", fault).isEmpty();
        }
        seen.add(answer(value));
    }

    @Test
    void reportsTheAgeOfItsRulesetAndAnAlertWhenItIsStale() {
        JarNode front = start();
        front.awaitReady();
        awaitDependency(front, "up");

        upstream.stop();
        Await.value("the node reports that it is stale", SOON, () -> upstreamHealth(front), seen -> isStale(seen));

        upstream.start();
        Await.value("the node reports fresh flags", SOON, () -> upstreamHealth(front), seen -> !isStale(seen));
    }

    @Test
    void leavesOutACohortOverTheLimitUntilItFits() {
        putCohort(1, MAX_COHORT_SIZE + 1);
        JarNode front = start();
        front.awaitReady();
        awaitServed(front, "first");
        Await.until("the cohort was requested", SOON, () -> upstream.requests(Resource.COHORT) > 1);
        assertThat(isMember(front, "member-0")).isFalse();
        assertThat(front.process().output())
                .anyMatch(line -> line.contains("large") && line.contains(String.valueOf(MAX_COHORT_SIZE)));

        putCohort(2, MAX_COHORT_SIZE);
        Await.until("the smaller cohort is used", SOON, () -> isMember(front, "member-0"));

        putCohort(3, MAX_COHORT_SIZE + 1);
        int requests = upstream.requests(Resource.COHORT);
        Await.until("the cohort was requested again", SOON, () -> upstream.requests(Resource.COHORT) > requests + 1);
        assertThat(isMember(front, "member-0")).as("keeps the last members").isTrue();
    }

    private void putCohort(long lastModified, int size) {
        upstream.putCohort(
                SHOP,
                "large",
                "User",
                lastModified,
                IntStream.range(0, size).mapToObj(i -> "member-" + i).toList());
    }

    private static boolean isMember(JarNode front, String user) {
        return body(front, user).contains("\"vip\"");
    }

    private static String body(JarNode front, String user) {
        HttpResponse<String> answer = front.vardata(Documents.KEY, Map.of("user_id", user));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static Duration awaitServed(JarNode front, String colour) {
        return Await.value(
                "the node serves " + colour,
                SOON,
                () -> front.vardata(Documents.KEY, Map.of("user_id", "u")).body(),
                seen -> seen.contains("\"" + colour + "\""));
    }

    private static void awaitDependency(JarNode front, String status) {
        Await.value(
                "the upstream is reported as " + status,
                SOON,
                () -> front.dependency("upstream"),
                seen -> status.equals(seen));
    }

    private static JsonObject upstreamHealth(JarNode front) {
        return new JsonObject(front.readiness().body())
                .getJsonObject("dependencies")
                .getJsonObject("upstream");
    }

    private static boolean isStale(JsonObject health) {
        return health.getBoolean("stale");
    }

    private void assertSecretsAreHidden(JarNode front) {
        List<String> texts = new ArrayList<>(front.process().output());
        texts.add(front.metrics());
        texts.add(front.readiness().body());
        texts.add(front.live().body());
        texts.add(front.ledger().encode());
        texts.add(front.put("{}").body());
        texts.add(front.request("GET", "/v1/vardata", "", "Authorization", "Api-Key wrong")
                .body());
        texts.add(front.request("GET", "/sdk/v1/cohort/large", "", "Authorization", "Basic wrong")
                .body());
        String pair = SHOP.apiKey() + ":" + SHOP.secretKey();
        List<String> secrets = List.of(
                SHOP.apiKey(),
                SHOP.secretKey(),
                SHOP.managementKey(),
                Documents.KEY,
                Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        assertThat(texts).allSatisfy(text -> assertThat(Stream.of(text))
                .noneMatch(each -> secrets.stream().anyMatch(each::contains)));
    }
}
