package io.variate.assignments.delivery;

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
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SaslConfigs;
import org.jspecify.annotations.Nullable;

/** The file {@code kafka.properties-file}, and which values of a client's configuration are secret. */
final class KafkaProperties {
    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** Names of secret properties that only a plugin defines. */
    private static final Pattern SECRET_NAME = Pattern.compile("(?i)password|secret|token|credential|\\.key$");

    /** Each value of a JAAS configuration: text after an equals sign, and misplaced words. */
    private static final Pattern JAAS_WORD = Pattern.compile("[^\\s=\"';]+(?!\\s*=)(?![^\\s=\"';])");

    private static final Pattern JAAS_KEYWORD =
            Pattern.compile("(?i)required|requisite|sufficient|optional|[\\w.]+LoginModule");

    /** Producers and consumers share all secret settings. */
    private static final Map<String, ConfigDef.ConfigKey> KNOWN =
            ProducerConfig.configDef().configKeys();

    private KafkaProperties() {}

    /**
     * Reads the file; without one there are no properties.
     *
     * @throws IOException with the file and the reason
     */
    static Map<String, String> read(@Nullable Path file) throws IOException {
        if (file == null) {
            return Map.of();
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
        Map<String, String> properties = new HashMap<>();
        more.stringPropertyNames().forEach(name -> properties.put(name, more.getProperty(name)));
        return properties;
    }

    private static IOException unreadable(Path file, String reason) {
        return new IOException("cannot read kafka.properties-file " + file + ": " + reason);
    }

    /** The values in a configuration that must not appear in a message. */
    static Set<String> secrets(Map<String, Object> configuration) {
        Set<String> secrets = new HashSet<>();
        configuration.forEach((name, value) -> {
            ConfigDef.ConfigKey known = KNOWN.get(name);
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
}
