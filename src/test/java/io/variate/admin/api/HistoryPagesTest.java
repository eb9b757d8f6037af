package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The audit and the versions of a resource, page by page. */
@Timeout(120)
@Tag("slow")
class HistoryPagesTest {
    private static final int EDITS = 7;

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @SuppressWarnings("NullAway.Init")
    private static String flag;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
        flag = node.create("/flags", """
                {"projectId": "1", "key": "edited", "bucketingKey": "user_id"}""");
        for (int i = 1; i <= EDITS; i++) {
            node.patch("/flags/" + flag, "{\"name\": \"name " + i + "\"}", "reason " + i);
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static List<Long> versions(JsonObject page, String list) {
        return page.getJsonArray(list).stream()
                .map(each -> ((JsonObject) each).getLong("version"))
                .toList();
    }

    @Test
    void pagesTheAuditInBothDirections() {
        String path = "/audit?resourceId=" + flag + "&limit=3";

        JsonObject newest = node.get(path);
        JsonObject older = node.get(path + "&cursor=" + newest.getLong("nextCursor"));
        long first = older.getJsonArray("entries").getJsonObject(0).getLong("number");
        JsonObject back = node.get(path + "&after=" + first);
        JsonObject oldest = node.get(path + "&after=0");

        assertThat(versions(newest, "entries")).containsExactly(8L, 7L, 6L);
        assertThat(versions(older, "entries")).containsExactly(5L, 4L, 3L);
        assertThat(versions(back, "entries")).containsExactly(8L, 7L, 6L);
        assertThat(back.containsKey("newerCursor")).isFalse();
        assertThat(versions(node.get(path + "&cursor=" + back.getLong("nextCursor")), "entries"))
                .containsExactly(5L, 4L, 3L);
        assertThat(versions(oldest, "entries")).containsExactly(3L, 2L, 1L);
        assertThat(versions(node.get(path + "&after=" + oldest.getLong("newerCursor")), "entries"))
                .containsExactly(6L, 5L, 4L);
    }

    @Test
    void filtersTheAuditByActorAndTime() {
        assertThat(node.get("/audit?resourceId=" + flag + "&actor=admin.token").getJsonArray("entries"))
                .hasSize(EDITS + 1);
        assertThat(node.get("/audit?resourceId=" + flag + "&actor=nobody").getJsonArray("entries"))
                .isEmpty();
        assertThat(node.get("/audit?resourceId=" + flag + "&end=2020-01-01").getJsonArray("entries"))
                .isEmpty();
    }

    @Test
    void listsVersionsWithoutDefinitions() {
        String path = "/flags/" + flag + "/versions?summary=true&limit=5";

        JsonObject newest = node.get(path);
        JsonObject rest = node.get(path + "&cursor=" + newest.getLong("nextCursor"));

        assertThat(versions(newest, "versions")).containsExactly(8L, 7L, 6L, 5L, 4L);
        assertThat(versions(rest, "versions")).containsExactly(3L, 2L, 1L);
        assertThat(rest.containsKey("nextCursor")).isFalse();
        JsonObject version = newest.getJsonArray("versions").getJsonObject(0);
        assertThat(version.getString("createdBy")).isEqualTo("admin.token");
        assertThat(version.getString("reason")).isEqualTo("reason 7");
        assertThat(version.getJsonArray("changed")).isEqualTo(new JsonArray().add("name"));
        assertThat(newest.encode()).doesNotContain("flagConfig", "bucketingKey");
    }
}
