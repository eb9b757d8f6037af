package io.variate.assignments.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.variate.config.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The error messages for an invalid Kafka configuration. */
class ProducerFactoryTest {
    private static final String SECRET = "hu5h-hu5h";
    private static final String JAAS =
            "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"me\" password=\""
                    + SECRET + "\"";

    @TempDir
    Path directory;

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(
                        "security.protocol=SSL\nssl.truststore.location=/nowhere/trust.p12\nssl.truststore.password="
                                + SECRET,
                        "/nowhere/trust.p12"),
                Arguments.of(
                        "security.protocol=SSL\nssl.truststore.type=PKCS12\nssl.truststore.location=TRUST\n"
                                + "ssl.truststore.password=" + SECRET,
                        "trust.p12 of type PKCS12: EOFException"),
                Arguments.of(
                        "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.certificates=" + SECRET, "PEM"),
                Arguments.of("security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n" + JAAS, "semi-colon"),
                Arguments.of(
                        "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config="
                                + "org.apache.kafka.common.security.plain.PlainLoginModule " + SECRET
                                + " username=\"me\";",
                        "control flag"),
                Arguments.of(
                        "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config="
                                + "org.example.NoLoginModule required username=\"me\" password=\"" + SECRET + "\";",
                        "org.example.NoLoginModule"),
                Arguments.of("security.protocol=SASL_SSL\nsasl.mechanism=PLAIN", "JAAS configuration"),
                Arguments.of("security.protocol=SALS_SSL\nssl.keystore.password=" + SECRET, "SALS_SSL"),
                Arguments.of(
                        "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n" + JAAS + ";\n"
                                + "sasl.client.callback.handler.class=org.example.Missing",
                        "org.example.Missing"),
                Arguments.of("bootstrap.servers=kafka.invalid:9092", "kafka.invalid:9092"),
                Arguments.of("bootstrap.servers=kafka.invalid", "kafka.invalid"),
                Arguments.of("linger.ms=soon", "linger.ms"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void namesTheCauseOfAMistakeWithoutItsSecrets(String properties, String cause) throws Exception {
        Path trust = Files.writeString(directory.resolve("trust.p12"), "no key store");
        Throwable failure = failure(properties.replace("TRUST", trust.toString()));
        String told = Causes.of(failure);

        assertThat(told)
                .contains(cause)
                .startsWith("cannot create a Kafka producer")
                .doesNotContain("\n");
        for (Throwable each = failure; each != null; each = each.getCause()) {
            assertThat(each.toString()).doesNotContain(SECRET);
        }
    }

    @Test
    void namesAPropertiesFileThatCannotBeRead() throws Exception {
        assertThat(told(directory.resolve("missing"))).endsWith("missing: does not exist");
        assertThat(told(directory)).endsWith(": is a directory");
        Path latin1 = Files.write(directory.resolve("latin1"), "a=\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(told(latin1)).endsWith("latin1: is not valid UTF-8");
        assertThat(told(Files.writeString(directory.resolve("escape"), "ssl.keystore.location=C:\\users\\x")))
                .contains("escape: has \\u");
    }

    @Test
    void acceptsAByteOrderMark() throws Exception {
        Path file = Files.writeString(directory.resolve("marked"), "\ufeffclient.id=marked\n");
        assertThat(factory(file).configuration()).containsEntry("client.id", "marked");
    }

    private Throwable failure(String properties) throws IOException {
        return failure(Files.writeString(directory.resolve("kafka.properties"), properties));
    }

    private static String told(Path file) {
        return Causes.of(failure(file));
    }

    private static Throwable failure(Path file) {
        Throwable failure = catchThrowable(() -> {
            try (Producer<byte[], byte[]> made = factory(file).call()) {
                assertThat(made).isNull();
            }
        });
        assertThat(failure).isInstanceOf(IllegalStateException.class);
        return failure;
    }

    private static ProducerFactory factory(Path file) {
        return new ProducerFactory(new Settings.Kafka("127.0.0.1:1", "topic", file));
    }
}
