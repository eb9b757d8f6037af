package io.variate.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.variate.testing.Contract;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The permissions of each key, and of requests without a key, on every path of the public API. */
@Timeout(60)
class AccessTest {
    private static final List<String> REQUESTS = Contract.PUBLIC.exampleRequests();

    private static final Set<String> OPEN = Set.of("GET /openapi.json", "GET /status", "GET /");

    /** An endless response; {@code StreamTest} covers it. */
    private static final String FLAG_STREAM = "GET /sdk/stream/v1/flags";

    /** Only server keys may read anything that starts with "hidden-". */
    private static final String DOCUMENT = """
            {"revision": 3,
             "deployments": [
              {"key": "server-key", "label": "shop", "type": "server", "flags": ["*"]},
              {"key": "client-key", "label": "web", "type": "client", "flags": ["local", "remote"]},
              {"key": "eu-key", "label": "eu", "type": "server", "zone": "eu", "flags": ["*"]}],
             "cohorts": [{"id": "hidden-cohort", "memberIds": ["alice", "hidden-member"]}],
             "flags": [
              {"key": "local", "metadata": {"evaluationMode": "local"},
               "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
              {"key": "remote", "metadata": {"evaluationMode": "remote"},
               "segments": [{"conditions": [[{"selector": ["context", "user", "cohort_ids"], "op": "set contains any",
                                              "values": ["hidden-cohort"]}]], "variant": "on"}],
               "variants": {"on": {"key": "on"}}},
              {"key": "hidden-flag", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                DOCUMENT,
                Map.of(
                        "VARIATE_HTTP_PAGE", "true",
                        "VARIATE_PROJECT_API_KEY", "project-key",
                        "VARIATE_PROJECT_SECRET_KEY", "project-secret"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Api-Key nobody",
                "Api-Key eu-key",
                "Bearer eu-key",
                "Api-Key *",
                "Basic bm9ib2R5Om5vYm9keQ==",
                "Bearer " + RunningNode.TOKEN
            })
    void requestsWithoutAValidKeyReadNothing(String authorization) {
        for (String request : REQUESTS) {
            if (OPEN.contains(request) || request.startsWith("GET /page/")) {
                continue;
            }
            HttpResponse<String> response = send(request, "{\"events\":[]}", authorization);

            assertThat(response.statusCode())
                    .as(request + " " + response.body())
                    // The address of a change stream is secret, and the key of events is in the body.
                    .isIn(request.startsWith("GET /ofrep/v1/stream") ? 404 : 401, isEvents(request) ? 400 : 401);
            assertThat(response.body()).doesNotContain("hidden-", "local", "remote");
        }
    }

    @Test
    void publicPathsNeedNoKeyAndContainNoSecrets() {
        for (String path : List.of("/openapi.json", "/status", "/", "/page/page.js")) {
            HttpResponse<byte[]> response = node.getBytes(path);

            assertThat(response.statusCode()).as(path).isEqualTo(200);
            assertThat(new String(response.body(), StandardCharsets.UTF_8))
                    .doesNotContain("hidden-", "client-key", "project-key", RunningNode.TOKEN);
        }
    }

    @Test
    void aClientKeyReadsNothingForServers() {
        for (String request : REQUESTS) {
            if (!OPEN.contains(request) && !request.equals(FLAG_STREAM)) {
                String user = "{\"user_id\":\"alice\",\"api_key\":\"client-key\",\"events\":[]}";
                HttpResponse<String> response = send(request, user, "Api-Key client-key");

                assertThat(response.body()).as(request).doesNotContain("hidden-", "server-key", "project-");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"client-key", "server-key"})
    void aKeyEvaluatesForAnyUser(String key) {
        assertThat(variants(key, "alice").fieldNames()).contains("local", "remote");
        assertThat(variants(key, "bob").fieldNames()).contains("local").doesNotContain("remote");
    }

    @ParameterizedTest
    @ValueSource(strings = {"client-key", "project-key"})
    void aKeyRecordsEventsOfAnyUser(String key) {
        long before = node.ledger().getLong("received");

        HttpResponse<String> response = node.post(
                "/2/httpapi",
                new JsonObject()
                        .put("api_key", key)
                        .put("events", new JsonArray().add(exposureOf("alice")).add(exposureOf("bob")))
                        .encode());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(node.ledger().getLong("received")).isEqualTo(before + 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Api-Key client-key", "Api-Key server-key", "Bearer server-key"})
    void noKeyAllowsChanges(String authorization) {
        String flags =
                node.get("/sdk/v2/flags", "Authorization", "Api-Key server-key").body();
        for (String request : REQUESTS) {
            String path = request.substring(request.indexOf(' ') + 1);
            for (String method : List.of("PUT", "PATCH", "DELETE")) {
                assertThat(send(method + " " + path, "{}", authorization).statusCode())
                        .as(method + " " + path)
                        .isIn(404, 405);
            }
        }
        for (String path : List.of(
                "/api/1/ruleset",
                "/api/1/cohorts/hidden-cohort",
                "/api/1/deployments",
                "/api/1/ledger",
                "/health/ready",
                "/metrics")) {
            for (String method : List.of("GET", "PUT", "DELETE")) {
                assertThat(send(method + " " + path, "{}", authorization).statusCode())
                        .as(method + " " + path)
                        .isEqualTo(404);
            }
        }
        assertThat(node.get("/sdk/v2/flags", "Authorization", "Api-Key server-key")
                        .body())
                .isEqualTo(flags);
    }

    @Test
    void projectKeysCannotEvaluate() {
        String both = "Basic "
                + Base64.getEncoder().encodeToString("project-key:project-secret".getBytes(StandardCharsets.UTF_8));
        for (String request : REQUESTS) {
            if (OPEN.contains(request) || isEvents(request) || request.contains("/cohort/")) {
                continue;
            }
            for (String authorization : List.of("Api-Key project-key", "Bearer project-key", both)) {
                assertThat(send(request, "{}", authorization).statusCode())
                        .as(request + " " + authorization)
                        .isIn(401, 404);
            }
        }
    }

    @Test
    void theAdminPortListensOnLoopbackByDefault() throws IOException {
        new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), node.adminPort()).close();
        InetAddress otherAddress = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});

        assertThatThrownBy(() -> new Socket(otherAddress, node.adminPort()).close())
                .isInstanceOf(IOException.class);
    }

    @Test
    void rejectedRequestsAreNotLogged() throws IOException {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        root.addAppender(lines);
        try {
            for (int i = 0; i < 100; i++) {
                for (String bytes : List.of(
                        "GET /v1/vardata?user_id=u" + i + " HTTP/1.1\r\nHost: a\r\nAuthorization: Api-Key k" + i
                                + "\r\n\r\n",
                        "GET /%zz" + i + " HTTP/1.1\r\nHost: a\r\n\r\n",
                        "POST /batch HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{\"api_key\":\"k" + (100 + i)
                                + "\",}",
                        "POST /v1/vardata HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz" + i + "\r\n",
                        "\0\1\2 garbage " + i + "\r\n\r\n")) {
                    RawConnection.exchange(node.httpPort(), bytes);
                    try (RawConnection admin = RawConnection.to(node.adminPort())) {
                        admin.send(bytes);
                    }
                }
            }

            assertThat(lines.list).hasSizeLessThan(10);
        } finally {
            root.detachAppender(lines);
        }
    }

    private static boolean isEvents(String request) {
        return request.equals("POST /batch") || request.equals("POST /2/httpapi");
    }

    private static JsonObject variants(String key, String user) {
        return new JsonObject(node.get("/v1/vardata?user_id=" + user, "Authorization", "Api-Key " + key)
                .body());
    }

    private static JsonObject exposureOf(String user) {
        return new JsonObject()
                .put("event_type", "$exposure")
                .put("user_id", user)
                .put(
                        "event_properties",
                        new JsonObject().put("flag_key", "local").put("variant", "on"));
    }

    /** @param request method and path; a GET request has no body */
    private static HttpResponse<String> send(String request, String body, String authorization) {
        String method = request.substring(0, request.indexOf(' '));
        String[] headers = authorization.isEmpty() ? new String[0] : new String[] {"Authorization", authorization};
        return node.send(
                method,
                node.httpPort(),
                request.substring(method.length() + 1),
                method.equals("GET") ? "" : body,
                headers);
    }
}
