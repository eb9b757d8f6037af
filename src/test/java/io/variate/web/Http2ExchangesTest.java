package io.variate.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.variate.testing.RunningNode;
import io.variate.web.RawHttp2.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Responses of the public port over HTTP/2, one test for each line of {@code exchanges-http2.txt}. */
@Timeout(60)
class Http2ExchangesTest {
    static final List<String> EXCHANGES = read();

    private static final Pattern LETTERS = Pattern.compile("\\{([0-9]+)}");

    private static final String DOCUMENT = """
            {"revision": 7, "deployments": [{"key": "server-all", "label": "all", "type": "server", "zone": "us", "flags": ["*"]}],
             "flags": [{"key": "parent", "variants": {"yes": {"key": "yes", "value": "yes"}},
                        "segments": [{"variant": "yes"}]}]}""";

    private static final Http2Headers STREAM = headers(":path: /sdk/stream/v1/flags↵{K}");

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(DOCUMENT, Map.of("VARIATE_HTTP_INSTANCES", "1", "VARIATE_HTTP_MAX_RESETS", "50"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @FieldSource("EXCHANGES")
    void answersEveryExchangeOfTheTable(String line) throws InterruptedException {
        String[] columns = line.split(" \\|", -1);
        String[] expected = columns[0].split(" ", 3);
        Http2Headers headers = headers(columns[1].strip());
        try (RawHttp2 connection = RawHttp2.to(node.httpPort())) {
            Outcome outcome = connection.exchange(headers, columns[2].strip());

            assertThat(outcome.status()).as(outcome.body()).isEqualTo(expected[0]);
            if (expected.length > 2) {
                checkHeader(expected[2].replaceAll("[\\[\\]]", ""), outcome.headers());
            }
            if ("HEAD".contentEquals(headers.method() == null ? "" : headers.method())) {
                assertThat(outcome.body()).isEmpty();
            }
            if (expected[1].equals("open")) {
                assertThat(connection.exchange(headers(":path: /status"), "").status())
                        .isEqualTo("200");
            } else {
                assertThat(connection.isClosed()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"900, 200", "1001, 431"})
    void acceptsAtMostAThousandHeaderFields(int fields, int status) throws InterruptedException {
        Http2Headers head = headers(":authority: localhost↵:path: /status");
        for (int i = 0; i < fields; i++) {
            head.add("n" + i, "v");
        }
        try (RawHttp2 connection = RawHttp2.to(node.httpPort())) {
            assertThat(connection.exchange(head, "").status()).isEqualTo(String.valueOf(status));
        }
    }

    /** Many small fields, one large value, one large name, a large URL: Netty must not reject them before the node does. */
    @ParameterizedTest
    @CsvSource({
        "300, 1, 1, 1, 200",
        "400, 10, 10, 1, 431",
        "1, 10000, 1, 1, 431",
        "1, 1, 10000, 1, 431",
        "1, 1, 1, 9000, 414"
    })
    void answersLargeHeadsOnTheAdminPortWithABody(int fields, int value, int name, int url, int status)
            throws InterruptedException {
        Http2Headers head = headers(":authority: localhost↵:path: /health/live?" + "u".repeat(url));
        for (int i = 0; i < fields; i++) {
            head.add("n".repeat(name) + i, "v".repeat(value));
        }
        try (RawHttp2 connection = RawHttp2.to(node.adminPort())) {
            Outcome outcome = connection.exchange(head, "");

            assertThat(outcome.status()).isEqualTo(String.valueOf(status));
            assertThat(outcome.body()).isNotEmpty();
        }
    }

    @Test
    void closesAConnectionThatResetsTooManyStreams() throws InterruptedException {
        try (RawHttp2 connection = RawHttp2.to(node.httpPort())) {
            for (int i = 0; i < 49; i++) {
                connection.openAndReset(STREAM);
            }
            assertThat(connection.exchange(headers(":path: /status"), "").status())
                    .isEqualTo("200");
            for (int i = 0; i < 3; i++) {
                connection.openAndReset(STREAM);
            }
            assertThat(connection.isClosed()).isTrue();
        }
    }

    private static void checkHeader(String expected, Http2Headers headers) {
        String name = expected.replaceFirst(":.*", "").replace("!", "");
        if (expected.startsWith("!")) {
            assertThat(headers.contains(name)).isFalse();
        } else if (expected.contains(":")) {
            assertThat(headers.get(name)).asString().isEqualTo(expected.replaceFirst("[^:]*: *", ""));
        } else {
            assertThat(headers.contains(name)).isTrue();
        }
    }

    private static Http2Headers headers(String text) {
        Map<String, List<String>> byName = new LinkedHashMap<>(
                Map.of(":method", List.of("GET"), ":scheme", List.of("http"), ":authority", List.of("x")));
        for (String header :
                text.replace("{K}", "authorization: Api-Key server-all").split("↵", -1)) {
            if (header.startsWith("-")) {
                byName.remove(header.substring(1));
                continue;
            }
            int colon = header.indexOf(':', 1);
            String name = header.substring(0, colon);
            List<String> value = List.of(letters(header.substring(colon + 1).strip()));
            byName.merge(
                    name,
                    value,
                    (known, more) -> name.startsWith(":")
                            ? more
                            : Stream.concat(known.stream(), more.stream()).toList());
        }
        Http2Headers headers = new DefaultHttp2Headers(false);
        byName.forEach((name, values) -> {
            if (name.startsWith(":")) {
                headers.add(name, values);
            }
        });
        byName.forEach((name, values) -> {
            if (!name.startsWith(":")) {
                headers.add(name, values);
            }
        });
        return headers;
    }

    private static String letters(String text) {
        Matcher matcher = LETTERS.matcher(text);
        return matcher.replaceAll(match -> "x".repeat(Integer.parseInt(match.group(1))));
    }

    private static List<String> read() {
        try (InputStream in =
                Objects.requireNonNull(Http2ExchangesTest.class.getResourceAsStream("/http/exchanges-http2.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#") && !line.startsWith("@"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
