package io.variate.assignments;

import io.variate.config.Settings;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes Kafka producers. The properties file is read again for each, so that new credentials need no restart.
 *
 * <p>Looks up host names: never on an event loop.
 */
record ProducerFactory(Settings.Kafka settings) implements Callable<Producer<byte[], byte[]>> {

    /** What order and durability rest on, whatever the file says: see {@link KafkaSink}. */
    private static final Map<String, Object> GUARANTEES = Map.of(
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true",
            ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1",
            ProducerConfig.RETRIES_CONFIG, String.valueOf(Integer.MAX_VALUE),
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, String.valueOf(Integer.MAX_VALUE),
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName(),
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());

    @Override
    public Producer<byte[], byte[]> call() throws IOException {
        return new KafkaProducer<>(configuration());
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
        addFromFile(configuration);
        configuration.putAll(GUARANTEES);
        return configuration;
    }

    private void addFromFile(Map<String, Object> configuration) throws IOException {
        if (settings.propertiesFile() == null) {
            return;
        }
        Properties more = new Properties();
        try (Reader reader = Files.newBufferedReader(settings.propertiesFile(), StandardCharsets.UTF_8)) {
            more.load(reader);
        }
        more.stringPropertyNames().forEach(name -> configuration.put(name, more.getProperty(name)));
    }
}
