package io.variate.assignments.delivery;

import io.variate.config.Settings;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Creates the Kafka consumers of forwarders, all in one consumer group. As {@link ProducerFactory}, it reads the properties
 * file for each, and never reports a secret of it.
 *
 * <p>Resolves host names: never use it on an event loop.
 */
record ConsumerFactory(Settings.Kafka settings) implements Callable<Consumer<byte[], byte[]>> {
    static final String GROUP = "variate-forwarder";

    /** Settings that delivery at least once depends on, which override the file. */
    private static final Map<String, Object> GUARANTEES = Map.of(
            ConsumerConfig.GROUP_ID_CONFIG,
            GROUP,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            "false",
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ByteArrayDeserializer.class.getName(),
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            ByteArrayDeserializer.class.getName());

    /** @throws IllegalStateException with all causes, if the configuration is unreadable or invalid */
    @Override
    public Consumer<byte[], byte[]> call() {
        Map<String, Object> configuration;
        try {
            configuration = configuration();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage());
        }
        try {
            return new KafkaConsumer<>(configuration);
        } catch (KafkaException | LinkageError e) {
            // Without the cause, whose message may contain a secret.
            throw new IllegalStateException("cannot create a Kafka consumer bootstrap.servers="
                    + configuration.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG) + ": "
                    + Causes.of(e, KafkaProperties.secrets(configuration)));
        }
    }

    Map<String, Object> configuration() throws IOException {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(ConsumerConfig.CLIENT_ID_CONFIG, GROUP);
        configuration.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        // A rebalance then interrupts only the partitions that move.
        configuration.put(
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        // Other members take over the partitions of a killed node after this time.
        configuration.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, "10000");
        configuration.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "10000");
        configuration.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        configuration.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "1000");
        configuration.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, "30000");
        configuration.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, String.valueOf(settings.bootstrapServers()));
        KafkaProperties.read(settings.propertiesFile()).forEach((name, value) -> {
            if (!isOnlyForProducers(name)) {
                configuration.put(name, value);
            }
        });
        configuration.putAll(GUARANTEES);
        return configuration;
    }

    /** Such settings are in the file for producers; a consumer would log a warning about each. */
    private static boolean isOnlyForProducers(String name) {
        return ProducerConfig.configNames().contains(name)
                && !ConsumerConfig.configNames().contains(name);
    }
}
