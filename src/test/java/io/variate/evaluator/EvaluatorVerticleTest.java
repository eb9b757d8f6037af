package io.variate.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.bus.Addresses;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.engine.Evaluation;
import io.variate.engine.Membership;
import io.variate.observability.MetricNames;
import io.variate.observability.RefusedMessages;
import io.variate.rulesets.CurrentRuleset;
import io.variate.testing.Await;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The failures of an evaluator; tests over HTTP and over the clustered bus cover its answers. */
@ExtendWith(VertxExtension.class)
class EvaluatorVerticleTest {
    private static final EvaluationRequest REQUEST = EvaluationRequest.of("key", "user", List.of());

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Promise<Void> warm = Promise.promise();

    @BeforeEach
    void deployWithoutRuleset(Vertx vertx, VertxTestContext test) {
        Settings settings = SettingsLoader.load(null, Map.of());
        Evaluator evaluator = new Evaluator(
                new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics),
                ruleset -> Membership.NONE,
                new AssignmentRecorder(settings, new AssignmentLog(settings, Clock.systemUTC(), metrics)),
                Clock.systemUTC(),
                Duration.ofMillis(200),
                metrics);
        vertx.deployVerticle(new EvaluatorVerticle(
                        evaluator,
                        new Evaluation(),
                        "me",
                        warm.future(),
                        new RefusedMessages(metrics, List.of(), List.of())))
                .onComplete(test.succeedingThenComplete());
    }

    @Test
    void answersThisNodeBeforeWarmUpAndOthersAfterwards(Vertx vertx) throws Exception {
        assertThat(failure(vertx, Addresses.EVALUATE_ON_THIS_NODE, REQUEST)).isEqualTo(FailureCode.NOT_READY);
        assertThat(failure(vertx, Addresses.evaluateAt("me"), REQUEST)).isEqualTo(FailureCode.NOT_READY);
        assertThat(failure(vertx, Addresses.EVALUATE, REQUEST))
                .as("nobody there")
                .isNull();

        warm.complete();

        Await.value(
                "the evaluator answers that it is not ready",
                () -> failure(vertx, Addresses.EVALUATE, REQUEST),
                seen -> seen == FailureCode.NOT_READY);
    }

    @Test
    void countsAnExpiredRequestAndDoesNotEvaluateIt(Vertx vertx) {
        assertThat(failure(vertx, Addresses.EVALUATE_ON_THIS_NODE, REQUEST.until(System.nanoTime() - 1)))
                .isEqualTo(FailureCode.TIMEOUT);
        assertThat(metrics.counter(MetricNames.EXPIRED).count()).isOne();
        assertThat(failure(
                        vertx,
                        Addresses.EVALUATE_ON_THIS_NODE,
                        REQUEST.until(System.nanoTime() + TimeUnit.MINUTES.toNanos(1))))
                .isEqualTo(FailureCode.NOT_READY);
    }

    @Test
    void isNotReadyWithoutARuleset(Vertx vertx, VertxTestContext test) {
        expect(vertx, test, Addresses.EVALUATE_ON_THIS_NODE, REQUEST, FailureCode.NOT_READY);
    }

    @Test
    void answersAJsonRequest(Vertx vertx, VertxTestContext test) {
        JsonObject request = new JsonObject().put("deployment", "key");
        expect(vertx, test, Addresses.EVALUATE_ON_THIS_NODE, request, FailureCode.NOT_READY);
    }

    @Test
    void rejectsARequestWithoutDeployment(Vertx vertx, VertxTestContext test) {
        expect(vertx, test, Addresses.EVALUATE_ON_THIS_NODE, new JsonObject(), FailureCode.INVALID_REQUEST);
    }

    @Test
    void rejectsARequestOfALaterVersion(Vertx vertx, VertxTestContext test) {
        JsonObject request = new JsonObject().put("version", 99).put("deployment", "key");
        expect(vertx, test, Addresses.EVALUATE_ON_THIS_NODE, request, FailureCode.UNSUPPORTED_VERSION);
    }

    @Test
    void returnsAnOutcomeForEachRequestOfABatch(Vertx vertx) throws Exception {
        JsonObject batch = new JsonObject()
                .put(
                        "requests",
                        JsonArray.of(
                                new JsonObject().put("deployment", "key"),
                                new JsonObject(),
                                new JsonObject().put("version", 99)));
        JsonObject answer = (JsonObject) vertx.eventBus()
                .request(Addresses.EVALUATE_ON_THIS_NODE, batch)
                .await(10, TimeUnit.SECONDS)
                .body();
        assertThat(answer.getJsonArray("answers").stream()
                        .map(each -> ((JsonObject) each).getJsonObject("error").getString("code")))
                .containsExactly("not_ready", "invalid_request", "unsupported_version");
    }

    @Test
    void rejectsAndCountsAnInvalidBatch(Vertx vertx) {
        JsonObject tooLarge =
                new JsonObject().put("requests", new JsonArray(Collections.nCopies(101, new JsonObject())));
        for (JsonObject batch : List.of(
                new JsonObject().put("requests", 1), new JsonObject().put("requests", JsonArray.of(1)), tooLarge)) {
            assertThat(failure(vertx, Addresses.EVALUATE_ON_THIS_NODE, batch)).isEqualTo(FailureCode.INVALID_REQUEST);
        }
        JsonObject later = new JsonObject().put("version", 2).put("requests", JsonArray.of());
        assertThat(failure(vertx, Addresses.EVALUATE_ON_THIS_NODE, later)).isEqualTo(FailureCode.UNSUPPORTED_VERSION);
        assertThat(metrics.find(MetricNames.REFUSED_MESSAGES).counters().stream()
                        .mapToDouble(Counter::count)
                        .sum())
                .isEqualTo(4);
    }

    @Test
    void rejectsABodyOfAnotherType(Vertx vertx, VertxTestContext test) {
        expect(vertx, test, Addresses.EVALUATE_ON_THIS_NODE, "which variant?", FailureCode.INVALID_REQUEST);
    }

    private static void expect(Vertx vertx, VertxTestContext test, String address, Object body, FailureCode code) {
        vertx.eventBus()
                .request(address, body)
                .onComplete(test.failing(failure -> test.verify(() -> {
                    assertThat(failure)
                            .isInstanceOfSatisfying(ReplyException.class, reply -> assertThat(reply.failureCode())
                                    .isEqualTo(code.number()));
                    test.completeNow();
                })));
    }

    /** The failure code of the reply, or null without a consumer. */
    private static @Nullable FailureCode failure(Vertx vertx, String address, Object body) {
        ReplyException failure = catchThrowableOfType(
                ReplyException.class,
                () -> vertx.eventBus().request(address, body).await(10, TimeUnit.SECONDS));
        return FailureCode.of(failure.failureCode());
    }
}
