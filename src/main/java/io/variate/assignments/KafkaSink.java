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
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Events to a Kafka topic: acknowledged by all replicas, idempotent, compressed.
 *
 * <p>The producer is made at the first delivery and on a worker thread, so that a node starts without Kafka. Used from
 * one Vert.x context.
 */
final class KafkaSink implements EventSink {
    private static final int CLOSE_TIMEOUT_MILLIS = 2_000;

    private final Vertx vertx;
    private final Settings.Kafka settings;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    KafkaSink(Vertx vertx, Settings.Kafka settings) {
        this.vertx = vertx;
        this.settings = settings;
    }

    @Override
    public Future<Delivery> deliver(List<AssignmentBatch.Event> events) {
        // Asking for the partitions first makes one call wait for a broker that is away, not every event of the batch.
        return producer()
                .compose(ready -> ready.partitionsFor(settings.topic()).compose(partitions -> send(ready, events)));
    }

    private Future<Delivery> send(KafkaProducer<byte[], byte[]> ready, List<AssignmentBatch.Event> events) {
        List<Future<RecordMetadata>> sent = new ArrayList<>(events.size());
        for (AssignmentBatch.Event event : events) {
            byte[] key = event.key().length() == 0 ? null : event.key().getBytes();
            sent.add(ready.send(KafkaProducerRecord.create(
                    settings.topic(), key, event.value().getBytes())));
        }
        return Future.join(sent).transform((all, failure) -> Future.succeededFuture(outcome(events, sent)));
    }

    private static Delivery outcome(List<AssignmentBatch.Event> events, List<Future<RecordMetadata>> sent) {
        List<AssignmentBatch.Event> again = new ArrayList<>();
        int delivered = 0;
        int refused = 0;
        for (int i = 0; i < sent.size(); i++) {
            if (sent.get(i).succeeded()) {
                delivered++;
            } else if (sent.get(i).cause() instanceof RetriableException) {
                again.add(events.get(i));
            } else {
                refused++;
            }
        }
        return new Delivery(delivered, refused, again);
    }

    private Future<KafkaProducer<byte[], byte[]>> producer() {
        KafkaProducer<byte[], byte[]> present = producer;
        if (present != null) {
            return Future.succeededFuture(present);
        }
        return vertx.executeBlocking(() -> KafkaProducer.<byte[], byte[]>create(vertx, configuration()))
                .onSuccess(made -> {
                    // Every failure comes back in the future of its event; unhandled here, it would be logged each
                    // time.
                    made.exceptionHandler(failure -> {});
                    producer = made;
                });
    }

    private Map<String, String> configuration() throws IOException {
        Map<String, String> configuration = new HashMap<>();
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
        return producer == null ? Future.succeededFuture() : producer.close(CLOSE_TIMEOUT_MILLIS);
    }
}
