package io.variate.assignments;

import io.variate.bus.AssignmentBatch;
import io.variate.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import io.vertx.kafka.client.producer.RecordMetadata;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events to a Kafka topic: acknowledged by all replicas, idempotent, compressed.
 *
 * <p>The producer is made at the first delivery and on a worker thread, so that a node starts without Kafka. One that
 * fails for good, as it does without authorization or once it has been fenced, is closed, and the next delivery makes
 * another. Used from one Vert.x context.
 */
final class KafkaSink implements EventSink {
    private static final Logger log = LoggerFactory.getLogger(KafkaSink.class);
    private static final int CLOSE_TIMEOUT_MILLIS = 2_000;

    private final Vertx vertx;
    private final String topic;
    private final Callable<Producer<byte[], byte[]>> maker;

    /** Present from the first delivery on, also while it is being made: deliveries at one time share one. */
    private @Nullable Future<KafkaProducer<byte[], byte[]>> producer;

    KafkaSink(Vertx vertx, Settings.Kafka settings) {
        this(
                vertx,
                settings.topic(),
                () -> new org.apache.kafka.clients.producer.KafkaProducer<>(configuration(settings)));
    }

    /** @param maker makes a producer; called on a worker thread */
    KafkaSink(Vertx vertx, String topic, Callable<Producer<byte[], byte[]>> maker) {
        this.vertx = vertx;
        this.topic = topic;
        this.maker = maker;
    }

    @Override
    public Future<Delivery> deliver(List<AssignmentBatch.Event> events) {
        return producer().compose(ready -> deliver(ready, events));
    }

    private Future<Delivery> deliver(KafkaProducer<byte[], byte[]> ready, List<AssignmentBatch.Event> events) {
        // Asking for the partitions first makes one call wait for a broker that is away, not every event of the batch.
        return ready.partitionsFor(topic)
                .onFailure(failure -> forgetIfBroken(ready, failure))
                .compose(partitions -> send(ready, events));
    }

    private Future<Delivery> send(KafkaProducer<byte[], byte[]> ready, List<AssignmentBatch.Event> events) {
        List<Future<RecordMetadata>> sent = new ArrayList<>(events.size());
        for (AssignmentBatch.Event event : events) {
            byte[] key = event.key().length() == 0 ? null : event.key().getBytes();
            sent.add(ready.send(
                    KafkaProducerRecord.create(topic, key, event.value().getBytes())));
        }
        return Future.join(sent).transform((all, failure) -> Future.succeededFuture(outcome(ready, events, sent)));
    }

    private Delivery outcome(
            KafkaProducer<byte[], byte[]> ready,
            List<AssignmentBatch.Event> events,
            List<Future<RecordMetadata>> sent) {
        List<AssignmentBatch.Event> again = new ArrayList<>();
        int delivered = 0;
        int refused = 0;
        for (int i = 0; i < sent.size(); i++) {
            if (sent.get(i).succeeded()) {
                delivered++;
            } else if (isRefusal(sent.get(i).cause())) {
                refused++;
            } else {
                again.add(events.get(i));
                forgetIfBroken(ready, sent.get(i).cause());
            }
        }
        return new Delivery(delivered, refused, again);
    }

    /** Whether the event itself is at fault, so that no other producer, broker or permission would help it. */
    private static boolean isRefusal(Throwable failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof RecordBatchTooLargeException
                || failure instanceof InvalidRecordException
                || failure instanceof InvalidTimestampException
                || failure instanceof PolicyViolationException
                || failure instanceof SerializationException;
    }

    private void forgetIfBroken(KafkaProducer<byte[], byte[]> used, Throwable failure) {
        Future<KafkaProducer<byte[], byte[]>> present = producer;
        if (failure instanceof RetriableException || present == null || present.result() != used) {
            return;
        }
        log.warn("the Kafka producer failed and will be made anew: {}", failure.toString());
        producer = null;
        used.close(CLOSE_TIMEOUT_MILLIS)
                .onFailure(late -> log.warn("the failed Kafka producer did not close: {}", late.toString()));
    }

    private Future<KafkaProducer<byte[], byte[]>> producer() {
        Future<KafkaProducer<byte[], byte[]>> present = producer;
        if (present != null) {
            return present;
        }
        Future<KafkaProducer<byte[], byte[]>> making = vertx.executeBlocking(this::make);
        producer = making;
        return making.onFailure(failure -> producer = null);
    }

    private KafkaProducer<byte[], byte[]> make() throws Exception {
        KafkaProducer<byte[], byte[]> made = KafkaProducer.create(vertx, maker.call());
        // Every failure comes back in the future of its event; unhandled here, it would be logged each time.
        return made.exceptionHandler(failure -> {});
    }

    private static Map<String, Object> configuration(Settings.Kafka settings) throws IOException {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, String.valueOf(settings.bootstrapServers()));
        configuration.put(ProducerConfig.CLIENT_ID_CONFIG, "variate");
        configuration.put(ProducerConfig.ACKS_CONFIG, "all");
        configuration.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        configuration.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        configuration.put(ProducerConfig.LINGER_MS_CONFIG, "5");
        configuration.put(ProducerConfig.BATCH_SIZE_CONFIG, "131072");
        configuration.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "2000");
        configuration.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        configuration.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "30000");
        configuration.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "1000");
        if (settings.propertiesFile() != null) {
            Properties more = new Properties();
            try (Reader reader = Files.newBufferedReader(settings.propertiesFile(), StandardCharsets.UTF_8)) {
                more.load(reader);
            }
            more.stringPropertyNames().forEach(name -> configuration.put(name, more.getProperty(name)));
        }
        configuration.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
        configuration.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
        return configuration;
    }

    @Override
    public Future<Void> close() {
        Future<KafkaProducer<byte[], byte[]>> present = producer;
        if (present == null) {
            return Future.succeededFuture();
        }
        // One that could not be made needs no closing.
        return present.transform(
                (made, failure) -> failure == null ? made.close(CLOSE_TIMEOUT_MILLIS) : Future.succeededFuture());
    }
}
