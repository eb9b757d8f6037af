package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.it.harness.AmplitudeStandIn;
import io.variate.it.harness.AmplitudeStandIn.Arrival;
import io.variate.it.harness.AmplitudeStandIn.Project;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.SdkRuleset;
import io.variate.it.harness.SdkScript;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import okhttp3.Credentials;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node in the place of Amplitude's evaluation-proxy, with nothing but the configuration of that program. The SDK for the
 * JVM on Maven Central predates the proxy mode; these are the requests of its later releases, sent with their HTTP library.
 */
class ProxyExchangeIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Project SHOP = new Project("101", "api-shop", "secret-shop", "management-shop");
    private static final Project BANK = new Project("102", "api-bank", "secret-bank", "management-bank");
    private static final String ANN = """
            {"user_id":"ann","device_id":"phone","country":"ü?>~"}""";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final AmplitudeStandIn amplitude = new AmplitudeStandIn();
    private final int port = FreePorts.one();
    private final int metricsPort = FreePorts.one();

    @BeforeEach
    void fillAmplitude() {
        amplitude.add(SHOP).add(BANK);
        amplitude.addDeployment(
                SHOP,
                "server-shop",
                SdkRuleset.flag("greeting", "remote", SdkRuleset.is("country", "ü?>~")),
                SdkRuleset.flag("members", "local", SdkRuleset.inCohort("staff")),
                SdkRuleset.flag("organisations", "local", SdkRuleset.groupInCohort("org", "customers")));
        amplitude.addDeployment(
                BANK, "server-bank", SdkRuleset.flag("greeting", "local", SdkRuleset.is("user_id", "ann")));
        amplitude.putCohort(SHOP, "staff", "User", 7, List.of("ann", "employee/7"));
        amplitude.putCohort(SHOP, "customers", "org", 8, List.of("acme"));
    }

    @AfterEach
    void stop() {
        amplitude.close();
    }

    /** Settings without any of this server but what a test on a shared machine needs. */
    private NodeSettings settings(UnaryOperator<NodeSettings> proxy) {
        return proxy.apply(
                NodeSettings.of(directory, "proxy").unset("http.port").set("admin.token", JarNode.TOKEN));
    }

    private NodeSettings environment(NodeSettings settings) {
        return settings.variable("AMPLITUDE_API_KEY", SHOP.apiKey())
                .variable("AMPLITUDE_SECRET_KEY", SHOP.secretKey())
                .variable("AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY", SHOP.managementKey())
                .variable("AMPLITUDE_SERVER_URL", amplitude.url())
                .variable("AMPLITUDE_COHORT_SERVER_URL", amplitude.url())
                .variable("AMPLITUDE_MANAGEMENT_SERVER_URL", amplitude.url())
                .variable("AMPLITUDE_ANALYTICS_SERVER_URL", amplitude.url())
                .variable("AMPLITUDE_PORT", port)
                .variable("AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS", 1_000)
                .variable("AMPLITUDE_DEPLOYMENT_SYNC_INTERVAL_MILLIS", 1_000)
                .variable("AMPLITUDE_COHORT_SYNC_INTERVAL_MILLIS", 1_000)
                .variable("AMPLITUDE_MAX_COHORT_SIZE", 1_000)
                .variable("AMPLITUDE_ASSIGNMENT_FILTER_CAPACITY", 1_000)
                .variable("AMPLITUDE_ASSIGNMENT_EVENT_UPLOAD_THRESHOLD", 10)
                .variable("AMPLITUDE_METRICS_PORT", metricsPort)
                .variable("AMPLITUDE_METRICS_PATH", "prometheus")
                .variable("AMPLITUDE_REDIS_URI", "redis://user:redis-password-4c1@localhost:6379");
    }

    @Test
    void startsWithTheEnvironmentOfTheProxy() throws Exception {
        try (JarNode node = start(settings(this::environment))) {
            assertThat(node.httpPort()).isEqualTo(port);
            answersTheRequestsOfTheProxy(node);
            assertThat(get(metricsPort, "/prometheus").body()).contains("variate_ruleset_revision");
            assertThat(node.process().output())
                    .anyMatch(line -> line.contains("AMPLITUDE_REDIS_URI"))
                    .noneMatch(line -> line.contains("redis-password-4c1"))
                    .noneMatch(line -> line.contains(SHOP.secretKey()))
                    .noneMatch(line -> line.contains(SHOP.managementKey()));
        }
    }

    @Test
    void startsWithOneFileOfTwoProjects() throws Exception {
        Path file = Files.writeString(directory.resolve("proxy.yaml"), projects() + configuration());

        try (JarNode node = start(settings(each -> each.variable("PROXY_CONFIG_FILE_PATH", file)))) {
            answersTheRequestsOfTheProxy(node);
            assertThat(variants(node, "server-bank", "{\"user_id\":\"ann\"}")).isEqualTo(Map.of("greeting", "on"));
            assertThat(get(metricsPort, "/metrics").body()).contains("variate_ruleset_revision");
        }
    }

    @Test
    void startsWithAFileOfProjectsAndAnotherOfTheConfiguration() throws Exception {
        Path projects = Files.writeString(directory.resolve("projects.yaml"), projects());
        Path configuration = Files.writeString(directory.resolve("configuration.yaml"), configuration());

        try (JarNode node = start(settings(each -> each.variable("PROXY_PROJECTS_FILE_PATH", projects)
                .variable("PROXY_CONFIG_FILE_PATH", configuration)))) {
            answersTheRequestsOfTheProxy(node);
            assertThat(variants(node, "server-bank", "{\"user_id\":\"bob\"}")).isEqualTo(Map.of("greeting", "off"));
        }
    }

    private static String projects() {
        return """
                projects:
                  - apiKey: %s
                    secretKey: %s
                    managementKey: %s
                  - apiKey: "%s"
                    secretKey: "%s"
                    managementKey: "%s"
                """.formatted(
                        SHOP.apiKey(),
                        SHOP.secretKey(),
                        SHOP.managementKey(),
                        BANK.apiKey(),
                        BANK.secretKey(),
                        BANK.managementKey());
    }

    private String configuration() {
        return """
                configuration:
                  port: %1$d
                  serverUrl: %2$s
                  cohortServerUrl: %2$s
                  managementServerUrl: %2$s
                  analyticsServerUrl: %2$s
                  flagSyncIntervalMillis: 1000
                  deploymentSyncIntervalMillis: 1000
                  cohortSyncIntervalMillis: 1000
                  maxCohortSize: 1000
                  assignment:
                    filterCapacity: 1000
                    eventUploadThreshold: 10
                  redis:
                    uri: "redis://localhost:6379"
                  metrics:
                    port: %3$d
                """.formatted(port, amplitude.url(), metricsPort);
    }

    private static JarNode start(NodeSettings settings) {
        JarNode node = JarNode.start(settings);
        node.awaitReady();
        return node;
    }

    private void answersTheRequestsOfTheProxy(JarNode node) throws Exception {
        Map<String, String> all = Map.of("greeting", "on", "members", "on", "organisations", "off");
        assertThat(get(node.httpPort(), "/status").body()).isEqualTo("OK");
        Await.value("the cohorts are used", SOON, () -> variants(node, "server-shop", ANN), seen -> seen.equals(all));
        String header = Base64.getEncoder().encodeToString(ANN.getBytes(StandardCharsets.UTF_8));
        for (String path : List.of("/sdk/v2/vardata?v=0", "/sdk/vardata")) {
            HttpResponse<String> answer =
                    node.request("GET", path, "", "Authorization", "Api-Key server-shop", "X-Amp-Exp-User", header);
            assertThat(keys(answer)).as(path).containsEntry("greeting", "on").containsEntry("members", "on");
        }
        assertThat(keys(node.request(
                        "GET",
                        "/v1/vardata?flag_key=members&context=" + JarNode.encode(ANN),
                        "",
                        "Authorization",
                        "Api-Key server-shop")))
                .isEqualTo(Map.of("members", "on"));
        assertThat(variants(node, "server-shop", "{\"user_id\":\"bob\",\"groups\":{\"org\":[\"acme\"]}}"))
                .isEqualTo(Map.of("greeting", "off", "members", "off", "organisations", "on"));
        assertThat(node.deliveredFlags("server-shop")).isEqualTo(all.keySet());
        assertThat(node.request("GET", "/sdk/v2/flags", "", "Authorization", "Api-Key unknown")
                        .statusCode())
                .isEqualTo(401);
        deliversAssignments(node);
        evaluatesInTheNodeSdk(node);
        answersTheJvmSdkInProxyMode(node);
    }

    private void deliversAssignments(JarNode node) {
        String user = "tracked-" + amplitude.arrived();
        HttpResponse<String> answer = node.vardata("server-shop", Map.of("user_id", user));
        assertThat(answer.statusCode()).isEqualTo(200);
        Await.until("the assignment arrives", SOON, () -> amplitude.arrivals().stream()
                .anyMatch(each -> each.user().equals(user)));
        Arrival arrival = amplitude.arrivals().stream()
                .filter(each -> each.user().equals(user))
                .findFirst()
                .orElseThrow();
        assertThat(arrival.apiKey()).isEqualTo(SHOP.apiKey());
        assertThat(arrival.type()).isEqualTo("[Experiment] Assignment");
    }

    private static void evaluatesInTheNodeSdk(JarNode node) {
        JsonObject config = new JsonObject()
                .put("serverUrl", node.url())
                .put("logLevel", 1)
                .put(
                        "cohortSyncConfig",
                        new JsonObject()
                                .put("apiKey", SHOP.apiKey())
                                .put("secretKey", SHOP.secretKey())
                                .put("cohortServerUrl", node.url()));
        JsonObject acme = new JsonObject(ANN).put("groups", new JsonObject().put("org", JsonArray.of("acme")));
        JsonObject argument =
                new JsonObject().put("key", "server-shop").put("config", config).put("user", acme);
        try (SdkScript script = SdkScript.start("node-local.mjs", argument)) {
            JsonObject line = script.next("variants");

            assertThat(line.getJsonArray("log")).isEmpty();
            assertThat(keysOf(line.getJsonObject("variants")))
                    .containsEntry("members", "on")
                    .containsEntry("organisations", "on");
        }
    }

    private static void answersTheJvmSdkInProxyMode(JarNode node) throws IOException {
        OkHttpClient client = new OkHttpClient();
        try {
            JsonArray flags = new JsonArray(body(client, node, "/sdk/v2/flags?v=0", "Api-Key server-shop", 200));
            assertThat(flags).hasSize(3);
            String basic = Credentials.basic(SHOP.apiKey(), SHOP.secretKey());
            JsonObject staff =
                    new JsonObject(body(client, node, "/sdk/v1/cohort/staff?maxCohortSize=2147483647", basic, 200));
            assertThat(staff.getJsonArray("memberIds")).containsExactlyInAnyOrder("ann", "employee/7");
            String unchanged =
                    "/sdk/v1/cohort/staff?maxCohortSize=2147483647&lastModified=" + staff.getLong("lastModified");
            assertThat(body(client, node, unchanged, basic, 204)).isEmpty();
            assertThat(body(client, node, "/sdk/v1/cohort/staff?maxCohortSize=1", basic, 413))
                    .isNotEmpty();
            assertThat(body(client, node, "/sdk/v2/memberships/User/employee/7", "Api-Key server-shop", 200))
                    .isEqualTo("[\"staff\"]");
            assertThat(body(client, node, "/sdk/v2/memberships/org/acme", "Api-Key server-shop", 200))
                    .isEqualTo("[\"customers\"]");
        } finally {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }

    private static String body(OkHttpClient client, JarNode node, String path, String authorization, int status)
            throws IOException {
        Request request = new Request.Builder()
                .url(node.url() + path)
                .header("Authorization", authorization)
                .addHeader("X-Amp-Exp-Library", "experiment-jvm-server/1.8.2")
                .build();
        try (Response response = client.newCall(request).execute()) {
            String body = Objects.requireNonNull(response.body()).string();
            assertThat(response.code()).as("%s: %s", path, body).isEqualTo(status);
            return body;
        }
    }

    private static Map<String, String> variants(JarNode node, String deployment, String user) {
        return keys(node.request(
                "POST",
                "/sdk/v2/vardata",
                user,
                "Authorization",
                "Api-Key " + deployment,
                "X-Amp-Exp-Track",
                "no-track"));
    }

    private static Map<String, String> keys(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return keysOf(new JsonObject(answer.body()));
    }

    private static Map<String, String> keysOf(JsonObject variants) {
        return variants.fieldNames().stream()
                .collect(Collectors.toMap(
                        flag -> flag, flag -> variants.getJsonObject(flag).getString("key")));
    }

    private static HttpResponse<String> get(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return answer;
    }
}
