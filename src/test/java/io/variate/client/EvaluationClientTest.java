package io.variate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.bus.Addresses;
import io.variate.bus.AnswerFormat;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageCodecs;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationClientTest {
    private static final EvaluationRequest REQUEST =
            new EvaluationRequest("k", "u", null, List.of(), null, true, AnswerFormat.V1);
    private static final EvaluationResponse HERE = new EvaluationResponse(1, Buffer.buffer("{\"here\":1}"));
    private static final EvaluationResponse ELSEWHERE = new EvaluationResponse(2, Buffer.buffer("{\"there\":1}"));

    private final Vertx vertx = Vertx.vertx();

    @BeforeEach
    void registerCodecs() {
        MessageCodecs.register(vertx.eventBus());
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void asksThisNodeFirst() {
        answerWith(Addresses.EVALUATE_ON_THIS_NODE, HERE);
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5))))
                .isEqualTo(HERE);
    }

    @Test
    void asksTheClusterWhenThisNodeHasNoEvaluator() {
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5))))
                .isEqualTo(ELSEWHERE);
    }

    @Test
    void asksTheClusterWhenThisNodeIsNotReady() {
        failWith(Addresses.EVALUATE_ON_THIS_NODE, FailureCode.NOT_READY.number());
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5))))
                .isEqualTo(ELSEWHERE);
    }

    @Test
    void doesNotAskTwiceWhenTheRequestItselfIsWrong() {
        failWith(Addresses.EVALUATE_ON_THIS_NODE, FailureCode.INVALID_REQUEST.number());
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(failure(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.INVALID_REQUEST);
    }

    @ParameterizedTest
    @EnumSource
    void givesEachFailureItsCode(FailureCode code) {
        failWith(Addresses.EVALUATE, code.number());
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(code);
    }

    @Test
    void aCodeOfALaterReleaseIsAnInternalFailure() {
        failWith(Addresses.EVALUATE, 4711);
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.INTERNAL);
    }

    @Test
    void nobodyListeningIsNoEvaluator() {
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.NO_EVALUATOR);
    }

    @Test
    void noAnswerInTimeIsATimeout() {
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> {});
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofMillis(50)))
                        .code())
                .isEqualTo(FailureCode.TIMEOUT);
    }

    private void answerWith(String address, EvaluationResponse response) {
        vertx.eventBus().localConsumer(address, message -> message.reply(response));
    }

    private void failWith(String address, int code) {
        vertx.eventBus().localConsumer(address, message -> message.fail(code, "because"));
    }

    private static EvaluationResponse evaluate(EvaluationClient client) {
        return client.evaluate(REQUEST)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private static EvaluationException failure(EvaluationClient client) {
        return catchThrowableOfType(
                EvaluationException.class, () -> client.evaluate(REQUEST).await(10, TimeUnit.SECONDS));
    }
}
