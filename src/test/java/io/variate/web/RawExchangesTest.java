package io.variate.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import io.variate.web.RawExchange.Fate;
import io.variate.web.RawExchange.Status;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Responses of both ports to raw bytes, one test for each line of {@code exchanges.txt}. */
@Timeout(60)
class RawExchangesTest {
    static final List<RawExchange> EXCHANGES = RawExchange.all();

    /** A request that records no event. */
    private static final String GOOD = "GET /openapi.json HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n";

    private static final String GOOD_ADMIN = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static final String DOCUMENT = """
            {"revision": 7, "deployments": [{"key": "server-all", "label": "all", "type": "server", "zone": "us", "flags": ["*"]}],
             "flags": [{"key": "parent", "variants": {"yes": {"key": "yes", "value": "yes"}},
                        "segments": [{"variant": "yes"}]}]}""";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(DOCUMENT, Map.of("VARIATE_HTTP_INSTANCES", "1"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void theTableHasManyExchanges() {
        assertThat(EXCHANGES).hasSizeGreaterThan(200);
    }

    @ParameterizedTest
    @FieldSource("EXCHANGES")
    void answersEveryExchangeOfTheTable(RawExchange exchange) throws IOException {
        int port = exchange.admin() ? node.adminPort() : node.httpPort();
        try (RawConnection connection = RawConnection.to(port)) {
            connection.send(exchange.toSend());
            if (exchange.fate() == Fate.HALF) {
                connection.finishSending();
            }
            for (Status status : exchange.statuses()) {
                Answer answer = status.head() || status.code() == 100 ? connection.readHead() : connection.read();
                assertThat(answer.status())
                        .as("%s %s", answer.headers(), answer.body())
                        .isEqualTo(status.code());
                if (status.equals(exchange.statuses().get(exchange.statuses().size() - 1))) {
                    checkHeaders(exchange, answer);
                }
            }
            checkFate(exchange, connection);
        }
    }

    private static void checkHeaders(RawExchange exchange, Answer answer) {
        for (String expected : exchange.headers()) {
            String name = expected.replaceFirst(":.*", "").replace("!", "");
            if (expected.startsWith("!")) {
                assertThat(answer.header(name)).isEmpty();
            } else if (expected.contains(":")) {
                assertThat(answer.header(name)).containsExactly(expected.replaceFirst("[^:]*: *", ""));
            } else {
                assertThat(answer.header(name)).hasSize(1);
            }
        }
    }

    private static void checkFate(RawExchange exchange, RawConnection connection) throws IOException {
        switch (exchange.fate()) {
            case OPEN -> {
                connection.send(exchange.admin() ? GOOD_ADMIN : GOOD);
                assertThat(connection.read().status()).isEqualTo(exchange.admin() ? 200 : 304);
            }
            case CLOSE, HALF ->
                assertThat(connection.isHungUp())
                        .as("the server closes the connection without further bytes")
                        .isTrue();
            case ANY -> {}
        }
    }
}
