package io.variate.dev;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Kafka topic from its beginning, without a consumer group, so that it neither affects other consumers nor commits
 * offsets.
 *
 * <p>Every method throws {@link TimeoutException} if the broker does not respond within five seconds. Single-threaded.
 */
public final class EventsReader implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(4);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Closing the consumer waits for the fetch in flight. */
    private static final Duration FETCH = Duration.ofMillis(50);

    private final KafkaConsumer<@Nullable String, String> consumer;
    private final Map<TopicPartition, Long> ends;

    /** A record of the topic: the user or device id as key, and the event as JSON. */
    public record Event(@Nullable String key, String value) {}

    /** Connects and reads the current end offsets. A topic that does not exist counts as empty, and is not created. */
    public EventsReader(String bootstrapServers, String topic) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "default.api.timeout.ms",
                        (int) TIMEOUT.toMillis(),
                        "request.timeout.ms",
                        (int) TIMEOUT.toMillis(),
                        "fetch.max.wait.ms",
                        (int) FETCH.toMillis(),
                        "allow.auto.create.topics",
                        false,
                        "enable.auto.commit",
                        false,
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        try {
            ends = consumer.endOffsets(partitions(topic));
            consumer.assign(ends.keySet());
            consumer.seekToBeginning(ends.keySet());
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /** All events that the topic contains now, in order within each partition. */
    public static List<Event> readAll(String bootstrapServers, String topic) {
        try (EventsReader reader = new EventsReader(bootstrapServers, topic)) {
            List<Event> events = new ArrayList<>();
            reader.readToEnd(events::add);
            return events;
        }
    }

    /** Passes each event up to the initial end offsets to the receiver. */
    public void readToEnd(Consumer<Event> receiver) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!atEnd()) {
            if (readSome(receiver)) {
                deadline = System.nanoTime() + TIMEOUT.toNanos();
            } else if (System.nanoTime() > deadline) {
                throw new TimeoutException("The broker stopped sending events");
            }
        }
    }

    /** Passes the next events to the receiver, waiting for a short time; returns whether there were any. */
    public boolean readSome(Consumer<Event> receiver) {
        boolean any = false;
        for (ConsumerRecord<@Nullable String, String> message : consumer.poll(POLL)) {
            receiver.accept(new Event(message.key(), message.value()));
            any = true;
        }
        return any;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private List<TopicPartition> partitions(String topic) {
        List<PartitionInfo> known = consumer.partitionsFor(topic);
        return known.stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    private boolean atEnd() {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }
}
