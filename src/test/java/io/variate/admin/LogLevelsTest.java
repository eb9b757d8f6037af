package io.variate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Log levels of a running node on the admin port. */
class LogLevelsTest {
    private static final String LOGGER = "io.variate.of.this.test";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving("{\"deployments\": [], \"flags\": []}", Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void changesListsAndResetsALevel() {
        HttpResponse<String> put =
                node.admin("PUT", "/api/1/log-levels/" + LOGGER, "{\"level\": \"debug\", \"minutes\": 10}");

        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(LoggerFactory.getLogger(LOGGER).isDebugEnabled()).isTrue();
        assertThat(node.admin("GET", "/api/1/log-levels", "").body())
                .contains("{\"logger\":\"" + LOGGER + "\",\"level\":\"debug\",\"changed\":true,\"until\":\"2");

        HttpResponse<String> reset = node.admin("DELETE", "/api/1/log-levels/" + LOGGER, "");

        assertThat(new JsonObject(reset.body()).getBoolean("reset")).isTrue();
        assertThat(LoggerFactory.getLogger(LOGGER).isDebugEnabled()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a%20b        | {\"level\": \"debug\"}               | 400 | invalid_logger",
                "io.variate.x | {\"level\": \"loud\"}                | 400 | invalid_log_level",
                "io.variate.x | {\"level\": 1}                       | 400 | invalid_log_level",
                "io.variate.x | {}                                   | 400 | invalid_log_level",
                "io.variate.x | {\"level\": \"info\", \"minutes\": 0} | 400 | invalid_log_level",
                "io.variate.x | {\"level\": \"info\", \"mins\": 5}    | 400 | invalid_log_level",
                "io.variate.x | [                                    | 400 | invalid_log_level",
            })
    void refusesAnInvalidChange(String logger, String body, int status, String code) {
        HttpResponse<String> answer = node.admin("PUT", "/api/1/log-levels/" + logger, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        HttpResponse<String> answer = node.admin("PUT", "/api/1/log-levels/" + LOGGER, " ".repeat(2_000));

        assertThat(answer.statusCode()).isEqualTo(413);
    }
}
