package io.variate.assignments.delivery;

import io.variate.config.Settings;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Creates Kafka producers. Reads the properties file for each, so that new credentials need no restart.
 *
 * <p>A failure reports all causes, because Kafka's own message omits them. The message never contains passwords or JAAS
 * configurations of the properties file.
 *
 * <p>Resolves host names: never use it on an event loop.
 */
record ProducerFactory(Settings.Kafka settings) implements Callable<Producer<byte[], byte[]>> {

    /** Settings that order and durability depend on, which override the file: see {@link KafkaSink}. */
    private static final Map<String, Object> GUARANTEES = Map.of(
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true",
            ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1",
            ProducerConfig.RETRIES_CONFIG, String.valueOf(Integer.MAX_VALUE),
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, String.valueOf(Integer.MAX_VALUE),
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName(),
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());

    /** @throws IllegalStateException with all causes, if the configuration is unreadable or invalid */
    @Override
    public Producer<byte[], byte[]> call() {
        Map<String, Object> configuration;
        try {
            configuration = configuration();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage());
        }
        try {
            return new KafkaProducer<>(configuration);
        } catch (KafkaException | LinkageError e) {
            // Without the cause, whose message may contain a secret.
            throw new IllegalStateException("cannot create a Kafka producer bootstrap.servers="
                    + configuration.get(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG) + ": "
                    + Causes.of(e, KafkaProperties.secrets(configuration)));
        }
    }

    Map<String, Object> configuration() throws IOException {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(ProducerConfig.CLIENT_ID_CONFIG, "variate");
        configuration.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        configuration.put(ProducerConfig.LINGER_MS_CONFIG, "5");
        configuration.put(ProducerConfig.BATCH_SIZE_CONFIG, "131072");
        configuration.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "1000");
        configuration.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        configuration.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "1000");
        configuration.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, String.valueOf(settings.bootstrapServers()));
        configuration.putAll(KafkaProperties.read(settings.propertiesFile()));
        configuration.putAll(GUARANTEES);
        return configuration;
    }
}
