package io.variate.assignments.delivery;

import io.variate.config.Settings;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SaslConfigs;
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

    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** Names of secret properties that only a plugin defines. */
    private static final Pattern SECRET_NAME = Pattern.compile("(?i)password|secret|token|credential|\\.key$");

    /** Each value of a JAAS configuration: text after an equals sign, and misplaced words. */
    private static final Pattern JAAS_WORD = Pattern.compile("[^\\s=\"';]+(?!\\s*=)(?![^\\s=\"';])");

    private static final Pattern JAAS_KEYWORD =
            Pattern.compile("(?i)required|requisite|sufficient|optional|[\\w.]+LoginModule");

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
                    + Causes.of(e, secrets(configuration)));
        }
    }

    private static Set<String> secrets(Map<String, Object> configuration) {
        Set<String> secrets = new HashSet<>();
        configuration.forEach((name, value) -> {
            ConfigDef.ConfigKey known = ProducerConfig.configDef().configKeys().get(name);
            String text = String.valueOf(value);
            if (name.endsWith(SaslConfigs.SASL_JAAS_CONFIG)) {
                secrets.add(text);
                JAAS_WORD
                        .matcher(text)
                        .results()
                        .map(MatchResult::group)
                        .filter(word -> !JAAS_KEYWORD.matcher(word).matches())
                        .forEach(secrets::add);
            } else if ((known != null && known.type() == ConfigDef.Type.PASSWORD)
                    || SECRET_NAME.matcher(name).find()) {
                secrets.add(text);
            }
        });
        return secrets;
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

    /** @throws IOException with the file and the reason */
    private void addFromFile(Map<String, Object> configuration) throws IOException {
        Path file = settings.propertiesFile();
        if (file == null) {
            return;
        }
        Properties more = new Properties();
        try {
            String text = Files.readString(file);
            more.load(new StringReader(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text));
        } catch (NoSuchFileException e) {
            throw unreadable(file, "does not exist");
        } catch (AccessDeniedException e) {
            throw unreadable(file, "permission denied");
        } catch (CharacterCodingException e) {
            throw unreadable(file, "is not valid UTF-8");
        } catch (IllegalArgumentException e) {
            throw unreadable(file, "has \\u without four hexadecimal digits; write a backslash as \\\\");
        } catch (IOException e) {
            throw unreadable(file, Files.isDirectory(file) ? "is a directory" : String.valueOf(e.getMessage()));
        }
        more.stringPropertyNames().forEach(name -> configuration.put(name, more.getProperty(name)));
    }

    private static IOException unreadable(Path file, String reason) {
        return new IOException("cannot read kafka.properties-file " + file + ": " + reason);
    }
}
