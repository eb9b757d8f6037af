package io.variate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.bus.Addresses;
import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationBatchResponse;
import io.variate.bus.EvaluationOutcome;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.EvaluatorAnnouncement;
import io.variate.bus.FailureCode;
import io.variate.bus.codecs.MessageCodecs;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationClientTest {
    private static final EvaluationRequest REQUEST = EvaluationRequest.of("k", "u", List.of());
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
    void prefersThisNode() {
        answerWith(Addresses.EVALUATE_ON_THIS_NODE, HERE);
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5))))
                .isEqualTo(HERE);
    }

    @Test
    void usesTheClusterWhenThisNodeHasNoEvaluator() {
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5))))
                .isEqualTo(ELSEWHERE);
    }

    @Test
    void usesTheClusterWhenThisNodeIsNotReady() {
        failWith(Addresses.EVALUATE_ON_THIS_NODE, FailureCode.NOT_READY.number());
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5))))
                .isEqualTo(ELSEWHERE);
    }

    @Test
    void doesNotRetryAnInvalidRequest() {
        failWith(Addresses.EVALUATE_ON_THIS_NODE, FailureCode.INVALID_REQUEST.number());
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(failure(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.INVALID_REQUEST);
    }

    @ParameterizedTest
    @EnumSource
    void mapsEachFailureToItsCode(FailureCode code) {
        failWith(Addresses.EVALUATE, code.number());
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(code);
    }

    @Test
    void mapsAnUnknownCodeToInternal() {
        failWith(Addresses.EVALUATE, 4711);
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.INTERNAL);
    }

    @Test
    void reportsNoEvaluatorWithoutAConsumer() {
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.NO_EVALUATOR);
    }

    @Test
    void reportsATimeoutWithoutAnAnswer() {
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> {});
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofMillis(50)))
                        .code())
                .isEqualTo(FailureCode.TIMEOUT);
    }

    @Test
    void retriesOnceAfterATimeout() {
        AtomicInteger asked = new AtomicInteger();
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> {
            if (asked.incrementAndGet() == 2) {
                message.reply(ELSEWHERE);
            }
        });
        assertThat(evaluate(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(1))))
                .isEqualTo(ELSEWHERE);
        assertThat(asked).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    void retriesOnlyFailuresThatAnotherNodeMayNotHave(FailureCode code) {
        AtomicInteger asked = new AtomicInteger();
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> {
            asked.incrementAndGet();
            message.fail(code.number(), "because");
        });
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(code);
        boolean twice = Set.of(FailureCode.TIMEOUT, FailureCode.NO_EVALUATOR, FailureCode.NOT_READY)
                .contains(code);
        assertThat(asked).hasValue(twice ? 2 : 1);
    }

    @Test
    void retriesOnceInTheClusterWhenThisNodeIsNotReady() {
        failWith(Addresses.EVALUATE_ON_THIS_NODE, FailureCode.NOT_READY.number());
        AtomicInteger asked = new AtomicInteger();
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> {
            if (asked.incrementAndGet() == 2) {
                message.reply(ELSEWHERE);
            }
        });
        assertThat(evaluate(EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(1))))
                .isEqualTo(ELSEWHERE);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void bothAttemptsStayWithinTheTimeout() {
        AtomicInteger asked = new AtomicInteger();
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> asked.incrementAndGet());
        long start = System.nanoTime();
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(2)))
                        .code())
                .isEqualTo(FailureCode.TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1_900), Duration.ofMillis(3_900));
        assertThat(asked).hasValue(2);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void reportsAnUndecodableAnswerAsInternal() {
        vertx.eventBus().registerCodec(new BrokenCodec());
        vertx.eventBus()
                .consumer(
                        Addresses.EVALUATE,
                        message -> message.reply("answer", new DeliveryOptions().setCodecName("broken")));
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.INTERNAL);
    }

    @Test
    void reportsAnAnswerOfAnotherTypeAsInternal() {
        vertx.eventBus().consumer(Addresses.EVALUATE, message -> message.reply("answer"));
        assertThat(failure(EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5)))
                        .code())
                .isEqualTo(FailureCode.INTERNAL);
    }

    @Test
    void distributesRequestsRoundRobin() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        Map<String, Integer> asked = new ConcurrentHashMap<>();
        for (String member : List.of("a", "b", "c")) {
            consume(Addresses.evaluateAt(member), message -> {
                asked.merge(member, 1, Integer::sum);
                message.reply(ELSEWHERE);
            });
            announce(client, member);
        }
        for (int i = 0; i < 30; i++) {
            evaluate(client);
        }
        assertThat(asked).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void excludesAnUnresponsiveNodeUntilItsNextAnnouncement() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(2));
        AtomicBoolean stopped = new AtomicBoolean(true);
        AtomicInteger ofStopped = new AtomicInteger();
        consume(Addresses.evaluateAt("stopped"), message -> {
            ofStopped.incrementAndGet();
            if (!stopped.get()) {
                message.reply(HERE);
            }
        });
        consume(Addresses.evaluateAt("well"), message -> message.reply(ELSEWHERE));
        announce(client, "well");
        announce(client, "stopped");
        for (int i = 0; i < 20; i++) {
            assertThat(evaluate(client)).isEqualTo(ELSEWHERE);
        }
        assertThat(ofStopped).as("times that it was asked").hasValue(1);

        stopped.set(false);
        announce(client, "stopped");

        assertThat(Stream.generate(() -> evaluate(client)).limit(4)).contains(HERE, ELSEWHERE);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void prefersNodesWithFewerRequestsInFlight() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(2));
        AtomicInteger ofStopped = new AtomicInteger();
        consume(Addresses.evaluateAt("stopped"), message -> ofStopped.incrementAndGet());
        consume(Addresses.evaluateAt("well"), message -> message.reply(ELSEWHERE));
        announce(client, "stopped");
        announce(client, "well");
        List<Future<EvaluationResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int before = ofStopped.get();
            Future<EvaluationResponse> answer = client.evaluate(REQUEST);
            answers.add(answer);
            Await.until(
                    "the request is answered or has reached the stopped evaluator",
                    () -> answer.isComplete() || ofStopped.get() > before);
        }
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.toCompletionStage().toCompletableFuture())
                        .succeedsWithin(Duration.ofSeconds(5))
                        .isEqualTo(ELSEWHERE));
        assertThat(ofStopped).hasValue(1);
    }

    @Test
    void skipsCrashedNodes() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        for (String member : List.of("gone", "gone too", "gone as well", "there")) {
            announce(client, member);
        }
        consume(Addresses.evaluateAt("there"), message -> message.reply(ELSEWHERE));
        assertThat(evaluate(client)).isEqualTo(ELSEWHERE);
        assertThat(evaluate(client)).isEqualTo(ELSEWHERE);
    }

    @Test
    void fallsBackToTheEventBus() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        announce(client, "gone");
        answerWith(Addresses.EVALUATE, ELSEWHERE);
        assertThat(evaluate(client)).isEqualTo(ELSEWHERE);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void timesOutAfterTwoUnresponsiveNodes() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(2));
        consume(Addresses.evaluateAt("a"), message -> {});
        consume(Addresses.evaluateAt("b"), message -> {});
        announce(client, "a");
        announce(client, "b");
        long start = System.nanoTime();
        assertThat(failure(client).code()).isEqualTo(FailureCode.TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1_900), Duration.ofMillis(3_900));
    }

    @Test
    void excludesALeavingNode() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        consume(Addresses.evaluateAt("a"), message -> message.reply(HERE));
        consume(Addresses.evaluateAt("b"), message -> message.reply(ELSEWHERE));
        announce(client, "a");
        announce(client, "b");
        tell(client, new EvaluatorAnnouncement("a", System.nanoTime(), true));
        assertThat(Stream.generate(() -> evaluate(client)).limit(4)).containsOnly(ELSEWHERE);
    }

    @Test
    void sendsTheDeadlineInTheClockOfTheNode() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(80));
        long ahead = TimeUnit.HOURS.toNanos(7);
        AtomicLong deadline = new AtomicLong();
        consume(Addresses.evaluateAt("a"), message -> {
            deadline.set(((EvaluationRequest) message.body()).deadline());
            message.reply(HERE);
        });
        tell(client, new EvaluatorAnnouncement("a", System.nanoTime() + ahead, false));
        long before = System.nanoTime();
        evaluate(client);
        assertThat(Duration.ofNanos(deadline.get() - ahead - before))
                .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(45));
    }

    @Test
    void ignoresInvalidAnnouncements() {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        vertx.eventBus().publish(Addresses.EVALUATORS, "here I am");
        consume(Addresses.evaluateAt("a"), message -> message.reply(HERE));
        announce(client, "a");
        assertThat(evaluate(client)).isEqualTo(HERE);
    }

    @Test
    void distributesALargeBatchOverSeveralNodes() throws Exception {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        Map<String, Integer> asked = new ConcurrentHashMap<>();
        for (String member : List.of("a", "b")) {
            consume(Addresses.evaluateAt(member), message -> {
                EvaluationBatch batch = (EvaluationBatch) message.body();
                asked.merge(member, batch.requests().size(), Integer::sum);
                message.reply(echo(batch));
            });
            announce(client, member);
        }
        List<EvaluationOutcome> outcomes = client.evaluate(users(350)).await(10, TimeUnit.SECONDS);
        assertThat(outcomes).isEqualTo(echo(users(350)));
        assertThat(asked.values().stream().mapToInt(users -> users).sum()).isEqualTo(350);
        assertThat(asked.values()).allMatch(users -> users >= 150);
    }

    @Test
    void failsOnlyTheUsersThatFailed() throws Exception {
        EvaluationClient client = EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(5));
        consume(Addresses.EVALUATE_ON_THIS_NODE, message -> {
            EvaluationBatch batch = (EvaluationBatch) message.body();
            if (batch.requests().size() < EvaluationBatch.MOST) {
                message.fail(FailureCode.NOT_RECORDED.number(), "not now");
            } else {
                message.reply(echo(batch));
            }
        });
        List<EvaluationOutcome> outcomes = client.evaluate(users(102)).await(10, TimeUnit.SECONDS);
        assertThat(outcomes.subList(0, 100)).isEqualTo(echo(users(100)));
        assertThat(outcomes.subList(100, 102))
                .containsOnly(new EvaluationOutcome.Failed(FailureCode.NOT_RECORDED, "not now"));
    }

    @Test
    void failsAllUsersIfTheAnswerHasAnotherNumberOfOutcomes() throws Exception {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        consume(Addresses.EVALUATE, message -> message.reply(new EvaluationBatchResponse(echo(users(1)))));
        List<EvaluationOutcome> outcomes = client.evaluate(users(2)).await(10, TimeUnit.SECONDS);
        assertThat(outcomes).hasSize(2).allSatisfy(outcome -> assertThat(outcome)
                .isInstanceOfSatisfying(EvaluationOutcome.Failed.class, failed -> assertThat(failed.code())
                        .isEqualTo(FailureCode.INTERNAL)));
    }

    @Test
    void rejectsTooManyUsers() throws Exception {
        EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofSeconds(5));
        EvaluationException refusal = catchThrowableOfType(
                EvaluationException.class,
                () -> client.evaluate(users(EvaluationClient.MOST_USERS + 1)).await(10, TimeUnit.SECONDS));
        assertThat(refusal.code()).isEqualTo(FailureCode.INVALID_REQUEST);
        assertThat(client.evaluate(List.of()).await(10, TimeUnit.SECONDS)).isEmpty();
    }

    private static List<EvaluationRequest> users(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> EvaluationRequest.of("k", "user-" + i, List.of()))
                .toList();
    }

    private static EvaluationBatchResponse echo(EvaluationBatch batch) {
        return new EvaluationBatchResponse(echo(batch.requests()));
    }

    /** Answers that hold the users. */
    private static List<EvaluationOutcome> echo(List<EvaluationRequest> requests) {
        return requests.stream()
                .<EvaluationOutcome>map(request -> new EvaluationOutcome.Answered(
                        new EvaluationResponse(1, Buffer.buffer(String.valueOf(request.userId())))))
                .toList();
    }

    /** Does what the codec of an answer does on receiving a version above its own. */
    private static final class BrokenCodec implements MessageCodec<String, @Nullable String> {
        private final AtomicBoolean delivered = new AtomicBoolean();

        @Override
        public void encodeToWire(Buffer buffer, String message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String decodeFromWire(int position, Buffer buffer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable String transform(String message) {
            if (delivered.compareAndSet(false, true)) {
                // Put off until the body is asked for, as between nodes.
                return null;
            }
            throw new IllegalArgumentException("cut off");
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    private void consume(String address, Handler<Message<Object>> handler) {
        vertx.eventBus().localConsumer(address, handler);
    }

    private void announce(EvaluationClient client, String member) {
        tell(client, new EvaluatorAnnouncement(member, System.nanoTime(), false));
    }

    /** Returns once the client has heard it. */
    private void tell(EvaluationClient client, EvaluatorAnnouncement announcement) {
        vertx.eventBus().publish(Addresses.EVALUATORS, announcement);
        Await.value(
                "the client knows of the announcement",
                () -> client.evaluators().contains(announcement.member()),
                seen -> seen != announcement.leaving());
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
