package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.bus.AssignmentBatch;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
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
    private final List<MockProducer<byte[], byte[]>> made = Collections.synchronizedList(new ArrayList<>());

    private volatile @Nullable RuntimeException noPartitions;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    static Stream<RuntimeException> refusals() {
        return Stream.of(
                new RecordTooLargeException("too large"),
                new RecordBatchTooLargeException("too large"),
                new InvalidRecordException("invalid"),
                new InvalidTimestampException("long ago"),
                new PolicyViolationException("against the policy"),
                new SerializationException("no bytes"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void anEventAtFaultIsRefusedForGood(RuntimeException failure) throws Exception {
        KafkaSink sink = sink(failure);
        assertThat(deliver(sink)).isEqualTo(new EventSink.Delivery(0, 1, List.of()));
        deliver(sink);
        assertThat(made).hasSize(1);
    }

    static Stream<RuntimeException> passing() {
        return Stream.of(new TimeoutException("no broker"), new CorruptRecordException("on the way"));
    }

    @ParameterizedTest
    @MethodSource("passing")
    void whatMayPassIsSentAgainByTheSameProducer(RuntimeException failure) throws Exception {
        KafkaSink sink = sink(failure);
        assertThat(deliver(sink).again()).hasSize(1);
        assertThat(deliver(sink).again()).hasSize(1);
        assertThat(made).hasSize(1);
        assertThat(made.get(0).closed()).isFalse();
    }

    static Stream<RuntimeException> defects() {
        return Stream.of(
                new TopicAuthorizationException("may not write"),
                new ProducerFencedException("fenced"),
                new IllegalStateException("closed"),
                new KafkaException("something else"));
    }

    @ParameterizedTest
    @MethodSource("defects")
    void whatIsWrongWithTheProducerIsSentAgainByANewOne(RuntimeException failure) throws Exception {
        KafkaSink sink = sink(failure);
        assertThat(deliver(sink).again()).hasSize(1);
        assertThat(deliver(sink).again()).hasSize(1);
        assertThat(made).hasSize(2);
        awaitClosed(made.get(0));
    }

    @Test
    void aProducerThatMayNotEvenAskForThePartitionsIsMadeAnew() throws Exception {
        KafkaSink sink = sink(new KafkaException("unused"));
        noPartitions = new TopicAuthorizationException("may not look");
        assertThatThrownBy(() -> deliver(sink)).isInstanceOf(TopicAuthorizationException.class);
        noPartitions = null;
        deliver(sink);
        assertThat(made).hasSize(2);
        awaitClosed(made.get(0));
    }

    @Test
    void deliveriesAtOneTimeShareOneProducer() throws Exception {
        KafkaSink sink = sink(new TimeoutException("no broker"));
        onContext(() -> Future.all(
                IntStream.range(0, 5).mapToObj(n -> sink.deliver(events())).toList()));
        assertThat(made).hasSize(1);
        onContext(sink::close);
        assertThat(made.get(0).closed()).isTrue();
    }

    @Test
    void aProducerThatCouldNotBeMadeIsMadeByTheNextDelivery() throws Exception {
        List<String> tries = Collections.synchronizedList(new ArrayList<>());
        KafkaSink sink = new KafkaSink(vertx, TOPIC, () -> {
            tries.add("a try");
            throw new KafkaException("no such host");
        });
        assertThatThrownBy(() -> deliver(sink)).isInstanceOf(KafkaException.class);
        assertThatThrownBy(() -> deliver(sink)).isInstanceOf(KafkaException.class);
        assertThat(tries).hasSize(2);
        onContext(sink::close);
    }

    private KafkaSink sink(RuntimeException failure) {
        return new KafkaSink(vertx, TOPIC, () -> {
            MockProducer<byte[], byte[]> producer = new MockProducer<>();
            producer.sendException = failure;
            producer.partitionsForException = noPartitions;
            made.add(producer);
            return producer;
        });
    }

    private static void awaitClosed(MockProducer<byte[], byte[]> producer) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!producer.closed()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private EventSink.Delivery deliver(KafkaSink sink) throws Exception {
        return onContext(() -> sink.deliver(events()));
    }

    private static List<AssignmentBatch.Event> events() {
        return List.of(new AssignmentBatch.Event(Buffer.buffer("user"), Buffer.buffer("{}")));
    }

    private <T> T onContext(Supplier<Future<T>> action) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> action.get().onComplete(promise));
        return promise.future().await(10, TimeUnit.SECONDS);
    }
}
