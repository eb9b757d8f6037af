package io.variate.assignments.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against producers that fail to order, which no broker does. */
class KafkaSinkTest {
    private static final String TOPIC = "t";

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final List<ScriptedProducer> made = Collections.synchronizedList(new ArrayList<>());

    /** What sending an event of that text throws. */
    private volatile Function<String, @Nullable RuntimeException> obstacles = text -> null;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** Holds the sent records and acknowledges them on demand. */
    private final class ScriptedProducer extends MockProducer<byte[], byte[]> {
        ScriptedProducer() {
            super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized java.util.concurrent.Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> message, @Nullable Callback callback) {
            RuntimeException obstacle = obstacles.apply(text(message));
            if (obstacle != null) {
                throw obstacle;
            }
            return super.send(message, callback);
        }

        List<String> sent() {
            return history().stream().map(KafkaSinkTest::text).toList();
        }
    }

    static Stream<RuntimeException> defects() {
        return Stream.of(
                new TopicAuthorizationException("may not write"),
                new ProducerFencedException("fenced"),
                new OutOfOrderSequenceException("a gap"),
                new TimeoutException("in spite of all"),
                new KafkaException("something else"));
    }

    @ParameterizedTest
    @MethodSource("defects")
    void resendsUnacknowledgedEventsInOrderWithANewProducer(RuntimeException failure) throws Exception {
        KafkaSink sink = sink();
        Future<EventSink.Delivery> first = deliver(sink, "a", "b", "c");
        Future<EventSink.Delivery> second = deliver(sink, "d", "e");
        awaitSent(0, "a", "b", "c", "d", "e");
        made.get(0).completeNext();
        made.get(0).errorNext(failure);
        assertThat(made.get(0).closed()).as("closed before it could send more").isTrue();

        awaitSent(1, "b", "c", "d", "e");
        acknowledge(1);
        assertThat(result(first)).isEqualTo(new EventSink.Delivery(3, 0));
        assertThat(result(second)).isEqualTo(new EventSink.Delivery(2, 0));
        assertThat(made).hasSize(2);
    }

    @Test
    void doesNotResendEventsAcknowledgedAfterAFailure() throws Exception {
        KafkaSink sink = sink();
        Future<EventSink.Delivery> delivery = deliver(sink, "a", "b", "c");
        awaitSent(0, "a", "b", "c");
        context.runOnContext(hold -> {
            made.get(0).errorNext(new KafkaException("another partition"));
            made.get(0).completeNext();
        });
        awaitSent(1, "a", "c");
        acknowledge(1);
        assertThat(result(delivery)).isEqualTo(new EventSink.Delivery(3, 0));
    }

    @Test
    void retriesUnacceptedEventsBeforeLaterOnes() throws Exception {
        obstacles = text -> text.equals("b") ? new TimeoutException("no metadata") : null;
        KafkaSink sink = sink();
        Future<EventSink.Delivery> first = deliver(sink, "a", "b", "c");
        Future<EventSink.Delivery> second = deliver(sink, "d");
        Await.until("the sink reports a timeout", () -> trouble(sink) instanceof TimeoutException);
        assertThat(made.get(0).sent()).containsExactly("a");

        obstacles = text -> null;
        awaitSent(0, "a", "b", "c", "d");
        acknowledge(0);
        assertThat(result(first)).isEqualTo(new EventSink.Delivery(3, 0));
        assertThat(result(second)).isEqualTo(new EventSink.Delivery(1, 0));
        Await.value("the sink has recovered", () -> trouble(sink), seen -> seen == null);
        assertThat(made).hasSize(1);
    }

    @Test
    void recreatesAProducerThatIsDeniedMetadata() throws Exception {
        obstacles = text -> new TopicAuthorizationException("may not look");
        KafkaSink sink = sink();
        Future<EventSink.Delivery> delivery = deliver(sink, "a");
        Await.value("a second producer exists", () -> made.size(), seen -> seen > 1);
        assertThat(made.get(0).closed()).isTrue();
        assertThat(trouble(sink)).isInstanceOf(TopicAuthorizationException.class);
        obstacles = text -> null;
        // Until the obstacle is noticed as gone, a producer that has the event may still be replaced.
        Await.until("a producer has delivered the event", () -> {
            last().completeNext();
            return delivery.isComplete();
        });
        assertThat(result(delivery)).isEqualTo(new EventSink.Delivery(1, 0));
    }

    @Test
    void rejectsOnlyTheEventThatIsTooLarge() throws Exception {
        obstacles = text -> text.equals("b") ? new RecordTooLargeException("before it is sent") : null;
        KafkaSink sink = sink();
        Future<EventSink.Delivery> delivery = deliver(sink, "a", "b", "c", "d");
        awaitSent(0, "a", "c", "d");
        made.get(0).completeNext();
        made.get(0).errorNext(new RecordTooLargeException("by the broker"));
        made.get(0).completeNext();
        assertThat(result(delivery)).isEqualTo(new EventSink.Delivery(2, 2));
        assertThat(made).hasSize(1);
    }

    static Stream<RuntimeException> refusals() {
        return Stream.of(
                new RecordBatchTooLargeException("too large"),
                new InvalidRecordException("invalid"),
                new PolicyViolationException("against the policy"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void resendsAFailedBatchEventByEvent(RuntimeException refusal) throws Exception {
        KafkaSink sink = sink();
        Future<EventSink.Delivery> delivery = deliver(sink, "a", "b", "c");
        awaitSent(0, "a", "b", "c");
        context.runOnContext(hold -> {
            made.get(0).errorNext(refusal);
            made.get(0).errorNext(refusal);
        });
        awaitSent(1, "a");
        made.get(1).completeNext();
        awaitSent(1, "a", "b");
        made.get(1).errorNext(refusal);
        awaitSent(1, "a", "b", "c");
        made.get(1).completeNext();
        assertThat(result(delivery)).isEqualTo(new EventSink.Delivery(2, 1));
        assertThat(made).hasSize(2);
    }

    @Test
    void completesInTheOrderOfTheCalls() throws Exception {
        obstacles = text -> new RecordTooLargeException("at once");
        KafkaSink sink = sink();
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        obstacles = text -> text.equals("b") ? new RecordTooLargeException("at once") : null;
        deliver(sink, "a").onComplete(done -> order.add(1));
        Future<EventSink.Delivery> second = deliver(sink, "b").onComplete(done -> order.add(2));
        awaitSent(0, "a");
        deliver(sink, "c");
        awaitSent(0, "a", "c");
        assertThat(second.isComplete()).isFalse();
        made.get(0).completeNext();
        result(second);
        assertThat(order).containsExactly(1, 2);
    }

    @Test
    void isFullWithFiveBatchesUntilTheOldestIsSettled() throws Exception {
        KafkaSink sink = sink();
        Future<EventSink.Delivery> first = deliver(sink, "a");
        for (String text : List.of("b", "c", "d", "e")) {
            assertThat(onContext(() -> Future.succeededFuture(sink.isFull()))).isFalse();
            deliver(sink, text);
        }
        assertThat(onContext(() -> Future.succeededFuture(sink.isFull()))).isTrue();
        awaitSent(0, "a", "b", "c", "d", "e");
        made.get(0).completeNext();
        result(first);
        assertThat(onContext(() -> Future.succeededFuture(sink.isFull()))).isFalse();
    }

    @Test
    void limitsTheBytesInFlight() throws Exception {
        KafkaSink sink = sink();
        String[] megabytes = Collections.nCopies(20, "x".repeat(1 << 20)).toArray(String[]::new);
        Future<EventSink.Delivery> delivery = deliver(sink, megabytes);
        Await.until(
                "the producer has the events",
                () -> !made.isEmpty() && made.get(0).sent().size() == 7);
        for (int i = 1; i <= 20; i++) {
            assertThat(made.get(0).sent().size()).isLessThan(i + 8);
            int sent = i;
            Await.value("the producer has the events", () -> made.get(0).sent().size(), seen -> seen >= sent);
            made.get(0).completeNext();
        }
        assertThat(result(delivery)).isEqualTo(new EventSink.Delivery(20, 0));
    }

    @Test
    void concurrentDeliveriesShareOneProducer() throws Exception {
        KafkaSink sink = sink();
        deliver(sink, "a");
        deliver(sink, "b");
        awaitSent(0, "a", "b");
        assertThat(made).hasSize(1);
    }

    @Test
    void retriesToCreateAProducer() throws Exception {
        List<String> tries = Collections.synchronizedList(new ArrayList<>());
        KafkaSink sink = sink(() -> {
            tries.add("a try");
            if (tries.size() < 3) {
                throw new KafkaException("no such host");
            }
            return make();
        });
        Future<EventSink.Delivery> delivery = deliver(sink, "a");
        Await.until("the sink reports the failure of Kafka", () -> trouble(sink) instanceof KafkaException);
        awaitSent(0, "a");
        acknowledge(0);
        assertThat(result(delivery)).isEqualTo(new EventSink.Delivery(1, 0));
    }

    @Test
    void failsUnacknowledgedDeliveriesOnClose() throws Exception {
        KafkaSink sink = sink();
        Future<EventSink.Delivery> first = deliver(sink, "a");
        Future<EventSink.Delivery> second = deliver(sink, "b", "c");
        Future<EventSink.Delivery> third = deliver(sink, "d");
        awaitSent(0, "a", "b", "c", "d");
        made.get(0).completeNext();
        made.get(0).completeNext();
        onContext(sink::close);
        assertThat(made.get(0).closed()).isTrue();
        assertThat(result(first)).isEqualTo(new EventSink.Delivery(1, 0));
        assertThatThrownBy(() -> result(second)).hasMessageContaining("closed");
        assertThatThrownBy(() -> result(third)).hasMessageContaining("closed");
        assertThatThrownBy(() -> result(deliver(sink, "e"))).hasMessageContaining("closed");
    }

    private KafkaSink sink() throws Exception {
        return sink(this::make);
    }

    private KafkaSink sink(Callable<Producer<byte[], byte[]>> maker) throws Exception {
        return onContext(() -> Future.succeededFuture(new KafkaSink(vertx, TOPIC, maker)));
    }

    private ScriptedProducer make() {
        ScriptedProducer producer = new ScriptedProducer();
        made.add(producer);
        return producer;
    }

    private ScriptedProducer last() {
        return made.get(made.size() - 1);
    }

    private void awaitSent(int producer, String... texts) {
        Await.until(
                "the producer has the whole batch",
                () -> made.size() > producer && made.get(producer).sent().size() >= texts.length);
        assertThat(made.get(producer).sent()).containsExactly(texts);
    }

    private void acknowledge(int producer) {
        while (made.get(producer).completeNext()) {}
    }

    private @Nullable Throwable trouble(KafkaSink sink) {
        List<Throwable> seen = new ArrayList<>();
        try {
            onContext(() -> {
                Throwable trouble = sink.trouble();
                if (trouble != null) {
                    seen.add(trouble);
                }
                return Future.succeededFuture(seen);
            });
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return seen.isEmpty() ? null : seen.get(0);
    }

    private static String text(ProducerRecord<byte[], byte[]> message) {
        return new String(message.value(), StandardCharsets.UTF_8);
    }

    /** Returns when the producer has accepted the events. */
    private Future<EventSink.Delivery> deliver(KafkaSink sink, String... texts) throws Exception {
        List<EventSink.Event> events = Stream.of(texts)
                .map(text -> EventSink.Event.of(
                        "user".getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8)))
                .toList();
        List<Future<EventSink.Delivery>> delivery = new ArrayList<>();
        onContext(() -> {
            delivery.add(sink.deliver(events));
            return Future.succeededFuture(delivery);
        });
        return delivery.get(0);
    }

    private static EventSink.Delivery result(Future<EventSink.Delivery> delivery) throws Exception {
        return delivery.await(10, TimeUnit.SECONDS);
    }

    private <T> T onContext(Supplier<Future<T>> action) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> action.get().onComplete(promise));
        return promise.future().await(10, TimeUnit.SECONDS);
    }
}
