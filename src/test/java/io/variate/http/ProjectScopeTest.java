package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.ReceivedEvents;
import io.variate.client.EvaluationClient;
import io.variate.client.EventClient;
import io.variate.cohorts.CohortId;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.UploadedCohorts;
import io.variate.cohorts.Uploads;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.engine.Evaluation;
import io.variate.evaluator.Evaluator;
import io.variate.evaluator.EvaluatorVerticle;
import io.variate.http.cohorts.CohortEndpoints;
import io.variate.http.events.EventEndpoints;
import io.variate.http.flags.FlagEndpoints;
import io.variate.http.flags.OpenStreams;
import io.variate.http.vardata.VardataEndpoints;
import io.variate.observability.RefusedMessages;
import io.variate.ofrep.OfrepEndpoints;
import io.variate.page.SimulateEndpoints;
import io.variate.page.UserEndpoint;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Documents;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.Project;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three projects with equal flag keys and cohort ids: every endpoint that takes a key, a flag or a cohort serves the project
 * of its key. Whatever belongs to one project has the project's key in its name.
 */
@Timeout(60)
class ProjectScopeTest {
    private static final List<String> PROJECTS = List.of("unnamed", "shop", "bank");
    private static final BlockingQueue<String> RECORDED = new LinkedBlockingQueue<>();
    private static final BlockingQueue<String> FORWARDED = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init")
    private static Vertx vertx;

    @SuppressWarnings("NullAway.Init")
    private static HttpClient client;

    private static int port;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        client = HttpClient.newHttpClient();
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        Settings settings = SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_HTTP_HOST", "127.0.0.1",
                        "VARIATE_HTTP_PORT", "0",
                        "VARIATE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1",
                        "VARIATE_EVENTS_FORWARD_TOPIC", "others",
                        "VARIATE_PROJECT_API_KEY", "api-unnamed",
                        "VARIATE_PROJECT_SECRET_KEY", "secret-unnamed"));
        CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics);
        StringJoiner document = new StringJoiner(",", "{\"projects\":{", "}}");
        Map<CohortId, List<String>> uploads = new HashMap<>();
        for (String name : PROJECTS) {
            document.add(project(name));
            uploads.put(new CohortId(key(name), "vip"), List.of("vip-of-" + name));
            uploads.put(new CohortId(key(name), "upload-" + name), List.of("member-of-" + name));
        }
        Documents.offer(current, 7, document.toString()).await(20, TimeUnit.SECONDS);
        UploadedCohorts uploaded = new UploadedCohorts(metrics);
        Uploads.set(uploaded, uploads);
        record();
        Evaluator evaluator = new Evaluator(
                current,
                project -> uploaded.over(project.key(), project.cohorts()),
                new AssignmentRecorder(settings, new AssignmentLog(settings, Clock.systemUTC(), metrics)),
                Clock.systemUTC(),
                Duration.ofMillis(200),
                metrics);
        PastRulesets past = new PastRulesets(vertx, current, null);
        vertx.deployVerticle(new EvaluatorVerticle(
                        evaluator,
                        new Evaluation(),
                        "me",
                        Future.succeededFuture(),
                        new RefusedMessages(metrics, List.of(), List.of())))
                .await(20, TimeUnit.SECONDS);
        EvaluationClient evaluations = EvaluationClient.ofThisNodeFirst(vertx, Duration.ofSeconds(20));
        HttpVerticle http = new HttpVerticle(
                settings.http(),
                settings.limits(),
                List.of(
                        new FlagEndpoints(current, settings),
                        UserEndpoint.explain(vertx, current, new UserEndpoint.Sources(past, uploaded), settings),
                        new SimulateEndpoints(vertx, current, past, uploaded, settings),
                        new VardataEndpoints(current, evaluations, uploaded, settings),
                        new CohortEndpoints(current, uploaded, settings.project()),
                        new OfrepEndpoints(
                                vertx, current, uploaded, evaluations, new OpenStreams(10, metrics), settings),
                        new EventEndpoints(current, new EventClient(vertx), settings)));
        vertx.deployVerticle(http).await(20, TimeUnit.SECONDS);
        port = http.port();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @BeforeEach
    void forgetEvents() {
        RECORDED.clear();
        FORWARDED.clear();
    }

    private static String key(String name) {
        return name.equals("unnamed") ? "" : name;
    }

    private static String project(String name) {
        String credentials = name.equals("unnamed") ? "" : """
                "apiKey": "api-%1$s", "secretKey": "secret-%1$s",""".formatted(name);
        return """
                "%1$s": {%2$s
                 "deployments": [{"key": "server-%3$s", "label": "server-%3$s-label", "type": "server", "flags": ["*"],
                                  "remoteRules": true}],
                 "flags": %4$s,
                 "cohorts": [{"id": "inline-%3$s", "lastModified": 1, "memberIds": ["in-%3$s"]}]}""".formatted(key(name), credentials, name, flags(name));
    }

    /** The same flag for everyone, the same flag for the same cohort, and a flag that no other project has. */
    private static String flags(String name) {
        return """
                [{"key": "offer", "variants": {"v": {"key": "for-%1$s"}}, "segments": [{"variant": "v"}]},
                 {"key": "member", "variants": {"v": {"key": "vip-%1$s"}}, "segments": [{"variant": "v", "conditions": [[
                  {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["vip"]}]]}]},
                 {"key": "only-%1$s", "variants": {"v": {"key": "on"}}, "segments": [{"variant": "v"}]}]""".formatted(name);
    }

    private static void record() {
        vertx.eventBus().<ReceivedEvents>localConsumer(Addresses.RECEIVED_ON_THIS_NODE, message -> {
            message.body().events().forEach(event -> {
                RECORDED.add(event.value().toString());
                RECORDED.add(event.identity().toString());
            });
            message.reply(null);
        });
        vertx.eventBus().<AssignmentBatch>localConsumer(Addresses.FORWARDED_ON_THIS_NODE, message -> {
            message.body().events().forEach(event -> FORWARDED.add(event.value().toString()));
            message.reply(0);
        });
    }

    private static Stream<List<String>> pairs() {
        return PROJECTS.stream()
                .flatMap(own ->
                        PROJECTS.stream().filter(other -> !other.equals(own)).map(other -> List.of(own, other)));
    }

    /** Each request asks for something of the other project, with the keys of the caller's. */
    private static List<HttpResponse<String>> doors(String own, String other) {
        String user = "{\"user_id\":\"vip-of-" + other + "\"}";
        String key = "Api-Key server-" + own;
        List<HttpResponse<String>> answers = new ArrayList<>();
        answers.add(get("/v1/vardata?user_id=vip-of-" + other, key));
        answers.add(get("/v1/vardata?user_id=u&flag_keys=only-" + other, key));
        answers.add(get("/sdk/v2/flags", key));
        answers.add(get("/sdk/v2/flags?flag_keys=only-" + other, key));
        answers.add(post("/v1/explain", user, key));
        answers.add(post("/v1/explain?flag_keys=only-" + other, user, key));
        answers.add(post("/v1/simulate", "{\"user_ids\":[\"vip-of-" + other + "\"]}", key));
        answers.add(post("/v1/simulate", "{\"user_ids\":[\"u\"],\"flag_keys\":[\"only-" + other + "\"]}", key));
        answers.add(post("/ofrep/v1/evaluate/flags", context(other), key));
        answers.add(post("/ofrep/v1/evaluate/flags/member", context(other), key));
        answers.add(get("/sdk/v2/memberships/User/vip-of-" + other, key));
        answers.add(get("/sdk/v2/memberships/User/in-" + other, key));
        answers.add(get("/sdk/v1/cohort/vip", basic("api-" + own, "secret-" + own)));
        answers.add(get("/sdk/v1/cohort/upload-" + other, basic("api-" + own, "secret-" + own)));
        answers.add(get("/sdk/v1/cohort/inline-" + other, basic("api-" + own, "secret-" + own)));
        answers.add(get("/sdk/v1/cohort/" + other + "%1Fvip", basic("api-" + own, "secret-" + own)));
        answers.add(get("/sdk/v1/cohort/vip", basic("api-" + other, "secret-" + own)));
        answers.add(get("/sdk/v1/cohort/vip", basic("api-" + own, "secret-" + other)));
        answers.add(post("/batch", upload("secret-" + own, "{}"), ""));
        return answers;
    }

    private static String context(String other) {
        return "{\"context\":{\"targetingKey\":\"vip-of-" + other + "\"}}";
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void noAnswerContainsAnythingOfAnotherProject(List<String> pair) {
        for (HttpResponse<String> answer : doors(pair.get(0), pair.get(1))) {
            assertThat(answer.body())
                    .as("%s with the keys of %s", answer.uri(), pair.get(0))
                    .doesNotContain(pair.get(1))
                    .doesNotContain("secret-");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unnamed", "shop", "bank"})
    void everyKeySelectsItsProject(String own) {
        String key = "Api-Key server-" + own;
        JsonObject variants =
                new JsonObject(get("/v1/vardata?user_id=vip-of-" + own, key).body());

        assertThat(variants.getJsonObject("offer").getString("key")).isEqualTo("for-" + own);
        assertThat(variants.getJsonObject("member").getString("key")).isEqualTo("vip-" + own);
        assertThat(variants.fieldNames()).containsExactlyInAnyOrder("offer", "member", "only-" + own);
        assertThat(new JsonArray(get("/sdk/v2/flags", key).body())).hasSize(3);
        assertThat(new JsonArray(
                        get("/sdk/v2/memberships/User/vip-of-" + own, key).body()))
                .containsExactly("vip");
        assertThat(new JsonArray(get("/sdk/v2/memberships/User/in-" + own, key).body()))
                .containsExactly("inline-" + own);
        for (String cohort : List.of("vip", "upload-" + own, "inline-" + own)) {
            HttpResponse<String> answer = get("/sdk/v1/cohort/" + cohort, basic("api-" + own, "secret-" + own));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(new JsonObject(answer.body()).getString("cohortId")).isEqualTo(cohort);
        }
    }

    @ParameterizedTest
    @CsvSource({"unnamed,", "shop,shop", "bank,bank"})
    void explanationsAndSimulationsNameANamedProject(String own, String project) {
        String key = "Api-Key server-" + own;
        JsonObject explained =
                new JsonObject(post("/v1/explain", "{\"user_id\":\"u\"}", key).body());
        String begin = post("/v1/simulate", "{\"user_ids\":[\"u\"]}", key)
                .body()
                .lines()
                .findFirst()
                .orElseThrow();

        assertThat(explained.getString("project")).isEqualTo(project);
        assertThat(explained.containsKey("project")).isEqualTo(project != null);
        assertThat(new JsonObject(begin).getString("project")).isEqualTo(project);
        assertThat(explained.getJsonArray("flags")).hasSize(3);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void projectKeysDownloadNoCohortOfAnotherProject(List<String> pair) {
        String own = pair.get(0);
        String other = pair.get(1);

        assertThat(get("/sdk/v1/cohort/upload-" + other, basic("api-" + own, "secret-" + own))
                        .statusCode())
                .isEqualTo(404);
        assertThat(get("/sdk/v1/cohort/vip", basic("api-" + other, "secret-" + own))
                        .statusCode())
                .isEqualTo(401);
        assertThat(get("/sdk/v1/cohort/vip", basic("server-" + own, "secret-" + own))
                        .statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "api-unnamed,",
        "server-unnamed,",
        "api-shop,shop",
        "server-shop,shop",
        "api-bank,bank",
        "server-bank,bank"
    })
    void theKeyOfAnUploadDeterminesTheProjectOfItsEvents(String key, String project) throws Exception {
        String event = "{\"event_type\":\"%s\",\"user_id\":\"u\",\"insert_id\":\"i\",\"project\":\"forged\"}";

        HttpResponse<String> answer = post(
                "/batch", upload(key, event.formatted("[Experiment] Exposure") + "," + event.formatted("other")), "");

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonObject recorded = new JsonObject(RECORDED.take());
        JsonObject forwarded = new JsonObject(FORWARDED.take());
        assertThat(recorded.getString("project")).isEqualTo(project);
        assertThat(forwarded.getString("project")).isEqualTo(project);
        assertThat(recorded.containsKey("project")).isEqualTo(project != null);
    }

    @Test
    void copiesAreRecognizedWithinAProjectOnly() throws Exception {
        List<String> identities = new ArrayList<>();
        for (String key : List.of("api-unnamed", "api-shop", "server-shop", "api-bank")) {
            post(
                    "/2/httpapi",
                    upload(key, "{\"event_type\":\"[Experiment] Exposure\",\"device_id\":\"d\",\"insert_id\":\"i\"}"),
                    "");
            RECORDED.take();
            identities.add(RECORDED.take());
        }

        assertThat(identities).containsExactly("2ddi", "p4shop2ddi", "p4shop2ddi", "p4bank2ddi");
    }

    @Test
    void aProjectDoesNotPrintItsKeys() {
        assertThat(new Project("shop", "api-shop", "secret-shop", Cohorts.NONE).toString())
                .contains("shop")
                .doesNotContain("api-")
                .doesNotContain("secret-");
    }

    private static String upload(String key, String events) {
        return "{\"api_key\":\"" + key + "\",\"events\":[" + events + "]}";
    }

    private static String basic(String apiKey, String secretKey) {
        byte[] both = (apiKey + ":" + secretKey).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(both);
    }

    private static HttpResponse<String> get(String path, String authorization) {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", authorization)
                .build());
    }

    private static HttpResponse<String> post(String path, String body, String authorization) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return send((authorization.isEmpty() ? request : request.header("Authorization", authorization)).build());
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
