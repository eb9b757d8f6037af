package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines of clients that send or read slowly. Each test waits for a deadline, so they run at the same time. */
@Timeout(120)
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
class ClientDeadlinesTest {
    private static final String KEY = "server-key";
    private static final String RULESET = """
            {"deployments": [{"key": "server-key", "label": "deadlines", "type": "server", "flags": ["*"]}],
             "flags": [{"key": "flag-0", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    private int keepAlives;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                RULESET,
                Map.of(
                        "VARIATE_LIMITS_HEAD_TIMEOUT",
                        "2s",
                        "VARIATE_LIMITS_TRANSFER_GRACE",
                        "2s",
                        "VARIATE_STREAMS_KEEP_ALIVE",
                        "1s"));
    }

    @AfterAll
    static void stop() {
        try {
            Await.value(
                    "the account is empty again",
                    () -> node.metric("variate_client_memory_used_bytes", "account=\"clients\""),
                    seen -> seen == 0);
        } finally {
            node.close();
        }
    }

    private static void assertHonestClientsAreServed() {
        HttpResponse<String> answer =
                node.get("/v1/vardata?user_id=u&flag_key=flag-0", "Authorization", "Api-Key " + KEY);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(node.admin("GET", "/health/ready", "").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /v1/vardata HTTP/1.1\r\nHost: a\r\nX-A: b", "POST /ba", "PATCH / HTTP/1.1\r\n"})
    void answers408ToAHeadThatTimesOut(String start) throws IOException {
        try (RawConnection slow = RawConnection.to(node.httpPort())) {
            slow.send(start);

            RawConnection.Answer answer = slow.read();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.error().getString("code")).isEqualTo("request_timeout");
            assertThat(slow.isCutOff()).isTrue();
        }
        assertHonestClientsAreServed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"P", "PRI * H", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\u000f\u0001"})
    void disconnectsAnUnfinishedHttp2Preface(String start) throws IOException {
        try (RawConnection slow = RawConnection.to(node.httpPort())) {
            slow.send(start);

            assertThat(slow.isCutOff()).isTrue();
        }
        assertHonestClientsAreServed();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /v1/vardata HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key server-key\r\nContent-Length: 900000\r\n\r\n{",
                "POST /batch HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
                "POST /2/httpapi HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
                "POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer server-key\r\n"
                        + "Content-Length: 10\r\n\r\n{",
            })
    void rejectsABodyThatArrivesTooSlowly(String start) throws IOException {
        try (RawConnection slow = RawConnection.to(node.httpPort())) {
            slow.send(start);

            assertThat(slow.read().status()).isEqualTo(408);
            assertThat(slow.isCutOff()).isTrue();
        }
        assertHonestClientsAreServed();
    }

    @Test
    void keepsAnIdleHttp2StreamOpen() throws Exception {
        try (Http2Client client = Http2Client.of(node.httpPort())) {
            BlockingQueue<String> parts = client.stream("/sdk/stream/v1/flags", "Api-Key " + KEY);

            Await.until("keep-alives for longer than the grace period", Duration.ofSeconds(30), () -> {
                String part = Objects.requireNonNull(parts.poll(20, TimeUnit.SECONDS));
                assertThat(part).isNotEqualTo("end");
                return part.contains("data:  ") && ++keepAlives >= 4;
            });
        }
    }
}
