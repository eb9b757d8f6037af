package io.variate.admin.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes as they happen: two nodes with one database. */
@Tag("slow")
@Timeout(300)
class ChangesTest {
    private static final String OPEN_STREAMS = "variate_change_streams_open";
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final String[] ADMIN = {"Authorization", "Bearer " + RunningNode.TOKEN};

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode other;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
        other = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
        HttpResponse<String> put = node.put("""
                {"projects": {"": {"deployments": [], "flags": []}, "shop": {"deployments": [], "flags": []}}}""");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        other.close();
        node.close();
        postgresql.close();
    }

    @Test
    void aChangeArrivesWithWhoChangedWhat() {
        try (EventStream stream = following("?projectId=1")) {
            String key = key();
            String id = create(node, "1", key);

            Await.until("the change arrives", () -> stream.keys().contains(key));
            JsonObject change = change(stream, key);
            assertThat(change.getString("resourceType")).isEqualTo("flag");
            assertThat(change.getString("resourceId")).isEqualTo(id);
            assertThat(change.getString("projectId")).isEqualTo("1");
            assertThat(change.getString("action")).isEqualTo("create");
            assertThat(change.getString("actor")).contains("admin.token");
            assertThat(change.getLong("version")).isEqualTo(1);
            assertThat(change.getLong("revision")).isPositive();
        }
    }

    @Test
    void aChangeWithoutARevisionArrives() {
        String id = create(node, "1", key());
        try (EventStream stream = following("")) {
            HttpResponse<String> edited = node.admin(
                    "PATCH", "/api/1/flags/" + id, "{\"description\": \"text\"}", "Content-Type", "application/json");
            assertThat(edited.statusCode()).as(edited.body()).isEqualTo(200);

            Await.until("the change arrives", () -> !stream.changes().isEmpty());
            assertThat(stream.changes().get(0).getValue("revision")).isNull();
            assertThat(stream.changes().get(0).getLong("version")).isEqualTo(2);
        }
    }

    @Test
    void everyChangeOfAllNodesArrivesOnceAndInOrder() {
        try (EventStream stream = following("");
                EventStream second = EventStream.open(other, "", ADMIN)) {
            awaitBegin(second);
            List<String> keys = Stream.generate(ChangesTest::key).limit(40).toList();
            List<CompletableFuture<?>> writes = new ArrayList<>();
            for (int i = 0; i < keys.size(); i++) {
                RunningNode writer = i % 2 == 0 ? node : other;
                String key = keys.get(i);
                writes.add(CompletableFuture.runAsync(() -> create(writer, "1", key)));
            }
            writes.forEach(CompletableFuture::join);

            for (EventStream each : List.of(stream, second)) {
                Await.until("all changes arrive", () -> each.keys().containsAll(keys));
                assertThat(each.keys()).containsExactlyInAnyOrderElementsOf(keys);
                assertThat(each.events().stream().map(event -> Long.parseLong(event.id())))
                        .isSorted();
            }
        }
    }

    @Test
    void aCallerSeesOnlyChangesOfItsProjects() {
        String token = token(", \"projects\": [\"shop\"]");
        try (EventStream ofShop = EventStream.open(node, "", "Authorization", "Bearer " + token);
                EventStream ofUnnamed = following("?projectId=1")) {
            awaitBegin(ofShop);
            String hidden = key();
            String visible = key();
            create(node, "1", hidden);
            create(node, "shop", visible);

            Await.until("the visible change arrives", () -> ofShop.keys().contains(visible));
            assertThat(ofShop.keys()).containsExactly(visible);
            Await.until(
                    "the other stream has its change", () -> ofUnnamed.keys().contains(hidden));
            String last = key();
            create(node, "1", last);
            Await.until("the last change arrives", () -> ofUnnamed.keys().contains(last));
            assertThat(ofUnnamed.keys()).containsExactly(hidden, last);
        }
        assertThat(node.send(
                                "GET",
                                node.adminPort(),
                                "/api/1/changes?projectId=1",
                                "",
                                "Authorization",
                                "Bearer " + token)
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aClientContinuesAfterItsLastEvent() {
        String before = key();
        String missed = key();
        String position;
        try (EventStream stream = following("")) {
            create(node, "1", before);
            Await.until("the change arrives", () -> stream.keys().contains(before));
            position = stream.events().get(stream.events().size() - 1).id();
        }
        create(node, "1", missed);

        try (EventStream again =
                EventStream.open(node, "", "Authorization", "Bearer " + RunningNode.TOKEN, "Last-Event-ID", position)) {
            Await.until("the missed change arrives", () -> again.keys().contains(missed));
            assertThat(again.keys()).containsExactly(missed);
        }
    }

    @Test
    void aClientThatReconnectsBeforeItsFirstChangeMissesNone() {
        String position;
        try (EventStream stream = following("")) {
            position = stream.events().get(0).id();
        }
        String missed = key();
        create(node, "1", missed);

        try (EventStream again =
                EventStream.open(node, "", "Authorization", "Bearer " + RunningNode.TOKEN, "Last-Event-ID", position)) {
            Await.until("the missed change arrives", () -> again.keys().contains(missed));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999", "9999999999999999999999", "x", "-1", ""})
    void anUnknownPositionMakesTheClientLoadAgain(String position) {
        try (EventStream stream =
                EventStream.open(node, "", "Authorization", "Bearer " + RunningNode.TOKEN, "Last-Event-ID", position)) {
            awaitBegin(stream);
            assertThat(stream.events().get(0).type()).isEqualTo("reset");
            String key = key();
            create(node, "1", key);
            Await.until("later changes arrive", () -> stream.keys().contains(key));
        }
    }

    @Test
    void aPositionThatIsTooOldMakesTheClientLoadAgain() throws SQLException {
        String position;
        try (EventStream stream = following("")) {
            position = stream.events().get(0).id();
        }
        addEntries(ChangeFeed.MOST_MISSED + 1, "old", 1);

        try (EventStream again =
                EventStream.open(node, "", "Authorization", "Bearer " + RunningNode.TOKEN, "Last-Event-ID", position)) {
            awaitBegin(again);
            assertThat(again.events().get(0).type()).isEqualTo("reset");
        }
    }

    @Test
    void aStreamEndsWithItsSession() {
        HttpResponse<String> opened =
                node.send("POST", node.adminPort(), "/api/1/session", "", "Authorization", "Bearer " + token(""));
        String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
        try (EventStream stream = EventStream.open(node, "", "Cookie", cookie, "X-Variate-Console", "1")) {
            awaitBegin(stream);

            node.send("DELETE", node.adminPort(), "/api/1/session", "", "Cookie", cookie, "X-Variate-Console", "1");

            Await.until("the stream ends", stream::hasEnded);
        }
    }

    @Test
    void aStreamEndsWithItsToken() {
        JsonObject token = newToken("");
        try (EventStream stream = EventStream.open(other, "", "Authorization", "Bearer " + token.getString("token"))) {
            awaitBegin(stream);

            node.admin("DELETE", "/api/1/tokens/" + token.getString("id"), "");

            Await.until("the stream ends", stream::hasEnded);
        }
    }

    @Test
    void streamsEndAndNewOnesAreRefusedBeyondTheLimit() {
        try (RunningNode small = RunningNode.start(
                Map.of("VARIATE_POSTGRES_URI", postgresql.uri(), "VARIATE_LIMITS_ADMIN_CONNECTIONS", "8"))) {
            List<EventStream> streams = Stream.generate(() -> EventStream.open(small, "", ADMIN))
                    .limit(4)
                    .toList();
            streams.forEach(ChangesTest::awaitBegin);

            HttpResponse<String> refused = small.admin("GET", "/api/1/changes", "");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(RunningNode.error(refused).getString("code")).isEqualTo("overloaded");
            streams.get(0).close();
            Await.until("another stream can be opened", () -> {
                try (EventStream next = EventStream.open(small, "", ADMIN)) {
                    return next.status() == 200;
                }
            });
            streams.forEach(EventStream::close);
        }
    }

    @Test
    void aStreamEndsWhenTheNodeStops() {
        EventStream stream;
        try (RunningNode stopping = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()))) {
            stream = EventStream.open(stopping, "", ADMIN);
            awaitBegin(stream);
        }
        Await.until("the stream ends", stream::hasEnded);
    }

    @Test
    void aNodeWithoutADatabaseHasNoChanges() {
        try (RunningNode alone = RunningNode.start(Map.of())) {
            HttpResponse<String> refused = alone.admin("GET", "/api/1/changes", "");

            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(RunningNode.error(refused).getString("code")).isEqualTo("not_managed_here");
        }
    }

    @Test
    void aReaderThatStopsReadingIsCutOffAndHindersNobody() throws Exception {
        try (RawConnection slow = RawConnection.withReceiveBuffer(node.adminPort(), 4_096);
                EventStream fast = following("")) {
            slow.send("GET /api/1/changes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN
                    + "\r\n\r\n");
            assertThat(slow.read().status()).isEqualTo(200);
            Await.until("the fast and the slow stream are open", () -> node.metric(OPEN_STREAMS) == 2);

            AtomicInteger groups = new AtomicInteger();
            Await.until("the slow reader is cut off", Duration.ofMinutes(3), () -> {
                String group = "g" + groups.incrementAndGet() + "-";
                addEntries(400, group, 1_000);
                Await.until(
                        "the fast reader has all",
                        () -> fast.keys().stream()
                                        .filter(key -> key.startsWith(group))
                                        .count()
                                == 400);
                return node.metric(OPEN_STREAMS) == 1;
            });
            assertThat(slow.isCutOff()).isTrue();
            assertThat(fast.events()).noneMatch(event -> event.type().equals("reset"));
        }
    }

    @Test
    void aReaderThatPausesGetsEverythingLater() throws Exception {
        try (RawConnection paused = RawConnection.withReceiveBuffer(node.adminPort(), 4_096)) {
            paused.send("GET /api/1/changes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN
                    + "\r\n\r\n");
            assertThat(paused.read().status()).isEqualTo(200);
            String text = paused.readChunk();
            assertThat(text).contains("event: position");
            try (EventStream stream = following("")) {
                addEntries(900, "later", 20_000);
                Await.until(
                        "another reader has all",
                        () -> stream.keys().stream()
                                        .filter(key -> key.startsWith("later"))
                                        .count()
                                == 900);
            }

            StringBuilder received = new StringBuilder();
            while (received.indexOf("later900x") < 0) {
                received.append(paused.readChunk());
            }
            assertThat(received.toString()).doesNotContain("event: reset");
            assertThat(Pattern.compile("later([0-9]+)x")
                            .matcher(received)
                            .results()
                            .map(key -> Integer.parseInt(key.group(1))))
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, 900).boxed().toList());
        }
    }

    private static EventStream following(String query) {
        EventStream stream = EventStream.open(node, query, ADMIN);
        awaitBegin(stream);
        return stream;
    }

    private static void awaitBegin(EventStream stream) {
        assertThat(stream.status()).isEqualTo(200);
        Await.until("the stream begins", () -> !stream.events().isEmpty());
    }

    private static JsonObject change(EventStream stream, String key) {
        return stream.changes().stream()
                .filter(change -> change.getString("key").equals(key))
                .findFirst()
                .orElseThrow();
    }

    private static String key() {
        return "changes-" + NAMES.incrementAndGet();
    }

    private static String create(RunningNode at, String project, String key) {
        HttpResponse<String> created = at.admin(
                "POST",
                "/api/1/flags",
                "{\"projectId\": \"" + project + "\", \"key\": \"" + key + "\"}",
                "Content-Type",
                "application/json");
        assertThat(created.statusCode()).as(created.body()).isBetween(200, 201);
        return new JsonObject(created.body()).getString("id");
    }

    private static String token(String fields) {
        return newToken(fields).getString("token");
    }

    private static JsonObject newToken(String fields) {
        HttpResponse<String> created = node.admin(
                "POST",
                "/api/1/tokens",
                "{\"name\": \"c" + NAMES.incrementAndGet() + "\", \"role\": \"viewer\"" + fields + "}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return new JsonObject(created.body());
    }

    /** Adds entries with keys of a length, which no write of the API could make as fast. */
    private static void addEntries(int count, String prefix, int length) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:" + postgresql.uri().replace("postgres@", "") + "?user=postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("insert into variate.audit_entry (created_at, actor, door, request_id, action, kind,"
                    + " resource, project, label, version, definition_diff, compiled_diff)"
                    + " select now(), 'test', 'test', 'r', 'edit', 'flag', 1, '', '" + prefix
                    + "' || n || repeat('x', " + length + "), n, '[]', '[]' from generate_series(1, " + count + ") n");
        }
    }
}
