package io.variate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.bus.ReceivedEvents;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventClientTest {
    private static final ReceivedEvents EVENTS = new ReceivedEvents(List.of());

    private final Vertx vertx = Vertx.vertx();
    private final EventClient client = new EventClient(vertx, Duration.ofSeconds(2));
    private final AtomicInteger askedElsewhere = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void usesOnlyThisNodeIfItAccepts() throws Exception {
        vertx.eventBus().localConsumer(Addresses.RECEIVED_ON_THIS_NODE, message -> message.reply(null));
        takeElsewhereFromTry(1);
        client.record(EVENTS).await(10, TimeUnit.SECONDS);
        assertThat(askedElsewhere).hasValue(0);
    }

    @Test
    void usesAnotherNodeWhenThisNodeDoesNotAnswer() throws Exception {
        vertx.eventBus().localConsumer(Addresses.RECEIVED_ON_THIS_NODE, message -> {});
        takeElsewhereFromTry(1);
        client.record(EVENTS).await(10, TimeUnit.SECONDS);
        assertThat(askedElsewhere).hasValue(1);
    }

    @Test
    void retriesOnASecondNode() throws Exception {
        takeElsewhereFromTry(2);
        client.record(EVENTS).await(10, TimeUnit.SECONDS);
        assertThat(askedElsewhere).hasValue(2);
    }

    @Test
    void staysWithinItsTimeout() {
        takeElsewhereFromTry(3);
        long start = System.nanoTime();
        assertThat(failure()).isEqualTo(FailureCode.TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1_900), Duration.ofMillis(3_900));
    }

    @ParameterizedTest
    @EnumSource(names = {"INVALID_REQUEST", "NOT_RECORDED", "UNSUPPORTED_VERSION", "INTERNAL"})
    void doesNotRetryARejection(FailureCode code) {
        vertx.eventBus().localConsumer(Addresses.RECEIVED, message -> {
            askedElsewhere.incrementAndGet();
            message.fail(code.number(), "because");
        });
        assertThat(failure()).isEqualTo(code);
        assertThat(askedElsewhere).hasValue(1);
    }

    @Test
    void returnsTheNumberOfEventsThatKafkaRejects() throws Exception {
        vertx.eventBus().localConsumer(Addresses.FORWARDED, message -> message.reply(2));
        assertThat(client.forward(new AssignmentBatch(List.of())).await(10, TimeUnit.SECONDS))
                .isEqualTo(2);
    }

    private void takeElsewhereFromTry(int number) {
        vertx.eventBus().localConsumer(Addresses.RECEIVED, message -> {
            if (askedElsewhere.incrementAndGet() >= number) {
                message.reply(null);
            }
        });
    }

    private FailureCode failure() {
        return catchThrowableOfType(
                        EvaluationException.class, () -> client.record(EVENTS).await(10, TimeUnit.SECONDS))
                .code();
    }
}
