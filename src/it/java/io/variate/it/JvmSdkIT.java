package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.amplitude.experiment.Experiment;
import com.amplitude.experiment.ExperimentUser;
import com.amplitude.experiment.RemoteEvaluationClient;
import com.amplitude.experiment.RemoteEvaluationConfig;
import com.amplitude.experiment.Variant;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
import io.variate.it.harness.RecordingProxy;
import io.variate.it.harness.SdkRuleset;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import okhttp3.Credentials;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Amplitude's SDK for the JVM, in the newest version of Maven Central, which knows the first form of variants only; and the
 * requests of its later releases, sent with the library that those send them with.
 */
class JvmSdkIT {
    private static final String STREAM = "/sdk/stream/v1/flags";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static JarNode node;

    private static final OkHttpClient OKHTTP = new OkHttpClient();

    @SuppressWarnings("NullAway.Init")
    private RecordingProxy proxy;

    @BeforeAll
    static void start() {
        node = JarNode.start(NodeSettings.of(directory, "node")
                .set("postgres.uri", Neighbours.database())
                .set("project.api-key", SdkRuleset.API_KEY)
                .set("project.secret-key", SdkRuleset.SECRET_KEY)
                .set("admin.token", JarNode.TOKEN));
        node.awaitReady();
    }

    @AfterAll
    static void stop() {
        OKHTTP.dispatcher().executorService().shutdown();
        OKHTTP.connectionPool().evictAll();
        node.close();
    }

    @BeforeEach
    void listen() {
        proxy = RecordingProxy.before(node.httpPort());
        node.putRuleset(document("ann").encode());
    }

    @AfterEach
    void hangUp() {
        proxy.close();
    }

    private static JsonObject document(String user) {
        JsonObject greeting = SdkRuleset.flag("greeting", "local", SdkRuleset.is("user_id", user));
        greeting.getJsonObject("variants").getJsonObject("on").put("payload", new JsonObject().put("text", "ü"));
        JsonObject members = SdkRuleset.flag("members", "local", SdkRuleset.inCohort("staff"));
        List<String> staff =
                IntStream.range(0, 2000).mapToObj(i -> "employee/" + i).collect(Collectors.toList());
        // Large enough to be compressed.
        for (int i = 0; i < 60; i++) {
            members.getJsonArray("segments")
                    .getJsonObject(0)
                    .getJsonArray("conditions")
                    .add(JsonArray.of(SdkRuleset.is("city", "city-" + i)));
        }
        return SdkRuleset.document(greeting, members)
                .put(
                        "cohorts",
                        JsonArray.of(new JsonObject()
                                .put("id", "staff")
                                .put("groupType", "User")
                                .put("lastModified", 7)
                                .put("memberIds", new JsonArray(staff))));
    }

    @Test
    @Tag("alone")
    void fetchesVariantsWithinHalfASecond() throws Exception {
        RemoteEvaluationClient client = client(SdkRuleset.SERVER_KEY);
        ExperimentUser ann = ExperimentUser.builder()
                .userId("ann")
                .deviceId("phone")
                .userProperty("note", "ü?>~")
                .build();
        client.fetch(ann).get(10, TimeUnit.SECONDS);
        long start = System.nanoTime();

        Map<String, Variant> variants = client.fetch(ann).get(10, TimeUnit.SECONDS);

        System.out.printf("JVM SDK: fetched in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(variants).containsOnlyKeys("greeting");
        Variant greeting = Objects.requireNonNull(variants.get("greeting"));
        assertThat(greeting.value).isEqualTo("on");
        assertThat(String.valueOf(greeting.payload)).isEqualTo("{text=ü}");
    }

    @Test
    void reportsAnInvalidKey() {
        ExperimentUser ann = ExperimentUser.builder().userId("ann").build();

        assertThatThrownBy(() -> client("server-unknown").fetch(ann).get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("401");
    }

    private RemoteEvaluationClient client(String key) {
        return Experiment.initializeRemote(
                key, RemoteEvaluationConfig.builder().serverUrl(proxy.url()).build());
    }

    @Test
    void laterReleasesFetchWithBase64OfTheStandardAlphabet() throws IOException {
        Request request = request("/sdk/v2/vardata?v=0")
                .header("X-Amp-Exp-User", Base64.getEncoder().encodeToString("""
                                        {"user_id":"ann","city":"~?>ü~?>"}""".getBytes(StandardCharsets.UTF_8)))
                .build();

        JsonObject variants = new JsonObject(body(request, 200));

        assertThat(variants.getJsonObject("greeting").getString("key")).isEqualTo("on");
        assertThat(variants.getJsonObject("members").getString("key")).isEqualTo("off");
    }

    @Test
    void laterReleasesGetFlagsCompressed() throws IOException {
        JsonArray flags = new JsonArray(body(request("/sdk/v2/flags?v=0").build(), 200));

        assertThat(flags.stream().map(flag -> ((JsonObject) flag).getString("key")))
                .containsExactlyInAnyOrder("greeting", "members");
        assertThat(proxy.exchanges("/sdk/v2/flags")).singleElement().satisfies(exchange -> assertThat(
                        exchange.answersWith("content-encoding: gzip"))
                .isTrue());
    }

    @Test
    void laterReleasesDownloadCohortsCompressedAndOnlyWhenTheyChanged() throws IOException {
        JsonObject cohort = new JsonObject(body(cohort("?maxCohortSize=2147483647"), 200));

        assertThat(cohort.getJsonArray("memberIds")).hasSize(2000);
        assertThat(cohort.getLong("lastModified")).isEqualTo(7);
        assertThat(body(cohort("?maxCohortSize=2147483647&lastModified=7"), 204))
                .isEmpty();
        assertThat(body(cohort("?maxCohortSize=1999"), 413)).contains("error");
        assertThat(proxy.exchanges("/sdk/v1/cohort/staff")).first().satisfies(exchange -> assertThat(
                        exchange.answersWith("content-encoding: gzip"))
                .isTrue());
    }

    private Request cohort(String query) {
        return new Request.Builder()
                .url(proxy.url() + "/sdk/v1/cohort/staff" + query)
                .header("Authorization", Credentials.basic(SdkRuleset.API_KEY, SdkRuleset.SECRET_KEY))
                .addHeader("X-Amp-Exp-Library", "experiment-jvm-server/1.8.2")
                .addHeader("X-Amp-Exp-Library", "experiment-jvm-server/1.8.2")
                .build();
    }

    @Test
    void laterReleasesFetchMembershipsOfAnIdWithASlash() throws IOException {
        assertThat(body(request("/sdk/v2/memberships/User/employee/7").build(), 200))
                .isEqualTo("[\"staff\"]");
        assertThat(body(request("/sdk/v2/memberships/User/guest").build(), 200)).isEqualTo("[]");
    }

    @Test
    void laterReleasesStreamFlagsUncompressedOverOneConnection() throws Exception {
        Events events = new Events();
        OkHttpClient client =
                OKHTTP.newBuilder().readTimeout(Duration.ofSeconds(17)).build();
        EventSource source = EventSources.createFactory(client)
                .newEventSource(request(STREAM).build(), events);
        try {
            JsonArray first = new JsonArray(events.next());
            long asked = System.nanoTime();
            node.putRuleset(document("bob").encode());
            String second = events.next();
            Duration taken = Duration.ofNanos(System.nanoTime() - asked);

            assertThat(first).hasSize(2);
            assertThat(second).contains("\"bob\"");
            System.out.printf("OkHttp, streaming: change seen after %d ms%n", taken.toMillis());
            assertThat(taken).isLessThan(Duration.ofSeconds(10));
            assertThat(proxy.exchanges()).singleElement().satisfies(exchange -> {
                assertThat(exchange.asksWith("accept-encoding: gzip")).isTrue();
                assertThat(exchange.answersWith("content-encoding:")).isFalse();
            });
        } finally {
            source.cancel();
        }
    }

    private static final class Events extends EventSourceListener {
        private final BlockingQueue<String> data = new LinkedBlockingQueue<>();

        String next() throws InterruptedException {
            String next = data.poll(10, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            return Objects.requireNonNull(next);
        }

        @Override
        public void onEvent(EventSource source, @Nullable String id, @Nullable String type, String event) {
            data.add(type == null && id == null ? event : "named " + type + " " + id);
        }
    }

    private Request.Builder request(String path) {
        return new Request.Builder()
                .url(proxy.url() + path)
                .header("Authorization", "Api-Key " + SdkRuleset.SERVER_KEY)
                .header("X-Amp-Exp-Library", "experiment-jvm-server/1.8.2");
    }

    private static String body(Request request, int status) throws IOException {
        try (Response response = OKHTTP.newCall(request).execute()) {
            String body = Objects.requireNonNull(response.body()).string();
            assertThat(response.code()).as(body).isEqualTo(status);
            return body;
        }
    }
}
