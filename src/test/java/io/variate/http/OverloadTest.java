package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** More concurrent requests than {@code http.max-in-flight} allows. */
class OverloadTest {
    private static final String KEY = "server-overload-key";

    /** Each keeps an evaluator busy until the pattern's budget is spent; all together take tens of milliseconds. */
    private static final int SLOW_FLAGS = 10;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                slowRuleset(), Map.of("VARIATE_HTTP_MAX_IN_FLIGHT", "1", "VARIATE_HTTP_INSTANCES", "1"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void answers503WithRetryAfterWhenOverloaded() {
        String target = "/v1/vardata?user_id=" + "a".repeat(40) + "!";
        List<CompletableFuture<HttpResponse<String>>> burst = IntStream.range(0, 16)
                .mapToObj(i -> node.getAsync(target, "Authorization", "Api-Key " + KEY))
                .toList();
        List<HttpResponse<String>> answers =
                burst.stream().map(CompletableFuture::join).toList();

        assertThat(answers)
                .extracting(HttpResponse::statusCode)
                .contains(200, 503)
                .containsOnly(200, 503);
        assertThat(answers).filteredOn(answer -> answer.statusCode() == 503).allSatisfy(rejected -> {
            assertThat(RunningNode.error(rejected).getString("code")).isEqualTo("overloaded");
            assertThat(rejected.headers().firstValue("Retry-After")).isPresent();
        });
        assertThat(node.get(target, "Authorization", "Api-Key " + KEY).statusCode())
                .as("after the overload")
                .isEqualTo(200);
    }

    private static String slowRuleset() {
        JsonArray flags = new JsonArray(Stream.iterate(0, i -> i + 1)
                .limit(SLOW_FLAGS)
                .map(OverloadTest::slowFlag)
                .toList());
        JsonObject deployment = new JsonObject()
                .put("key", KEY)
                .put("label", "overload")
                .put("type", "server")
                .put("flags", JsonArray.of("*"));
        return new JsonObject()
                .put("revision", 1)
                .put("deployments", JsonArray.of(deployment))
                .put("flags", flags)
                .encode();
    }

    private static JsonObject slowFlag(int number) {
        JsonObject condition = new JsonObject()
                .put("selector", JsonArray.of("context", "user", "user_id"))
                .put("op", "regex match")
                // A different pattern per flag, since a shared pattern is matched once.
                .put("values", JsonArray.of("(a+)+$|z{" + (number + 1) + "}"));
        return new JsonObject()
                .put("key", "slow-" + number)
                .put(
                        "segments",
                        JsonArray.of(new JsonObject()
                                .put("conditions", JsonArray.of(JsonArray.of(condition)))
                                .put("variant", "on")))
                .put("variants", new JsonObject().put("on", new JsonObject().put("key", "on")));
    }
}
