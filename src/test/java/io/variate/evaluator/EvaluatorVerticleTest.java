package io.variate.evaluator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.bus.Addresses;
import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.engine.Evaluation;
import io.variate.engine.Membership;
import io.variate.rulesets.CurrentRuleset;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an evaluator says when it cannot answer; its answers are tested over HTTP and over the bus of a cluster. */
@ExtendWith(VertxExtension.class)
class EvaluatorVerticleTest {

    @BeforeEach
    void deployWithoutRuleset(Vertx vertx, VertxTestContext test) {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        Settings settings = SettingsLoader.load(null, Map.of());
        Evaluator evaluator = new Evaluator(
                new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics),
                ruleset -> Membership.NONE,
                new AssignmentRecorder(settings, new AssignmentLog(settings, Clock.systemUTC(), metrics)),
                Clock.systemUTC(),
                metrics);
        vertx.deployVerticle(new EvaluatorVerticle(evaluator, new Evaluation()))
                .onComplete(test.succeedingThenComplete());
    }

    @Test
    void withoutARulesetItIsNotReady(Vertx vertx, VertxTestContext test) {
        EvaluationRequest request = new EvaluationRequest("key", "user", null, List.of(), null, true, AnswerFormat.V1);
        expect(vertx, test, Addresses.EVALUATE_ON_THIS_NODE, request, FailureCode.NOT_READY);
    }

    @Test
    void aRequestInJsonIsUnderstoodToo(Vertx vertx, VertxTestContext test) {
        JsonObject request = new JsonObject().put("deployment", "key");
        expect(vertx, test, Addresses.EVALUATE, request, FailureCode.NOT_READY);
    }

    @Test
    void aRequestWithoutDeploymentIsRefused(Vertx vertx, VertxTestContext test) {
        expect(vertx, test, Addresses.EVALUATE, new JsonObject(), FailureCode.INVALID_REQUEST);
    }

    @Test
    void aRequestOfALaterVersionIsRefused(Vertx vertx, VertxTestContext test) {
        JsonObject request = new JsonObject().put("version", 99).put("deployment", "key");
        expect(vertx, test, Addresses.EVALUATE, request, FailureCode.UNSUPPORTED_VERSION);
    }

    @Test
    void whatIsNoRequestIsRefused(Vertx vertx, VertxTestContext test) {
        expect(vertx, test, Addresses.EVALUATE, "which variant?", FailureCode.INVALID_REQUEST);
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
}
