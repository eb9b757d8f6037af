package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages of large elements end early, and the next one continues. */
@Timeout(180)
@Tag("slow")
class LargePagesTest {
    private static final int FLAGS = 12;
    private static final int BYTES_OF_PAGE = 8 << 20;

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
        String payload = "x".repeat(1_000_000);
        for (int i = 0; i < FLAGS; i++) {
            node.create("/flags", """
                    {"projectId": "1", "key": "large-%d", "bucketingKey": "user_id",
                     "variants": [{"key": "on", "payload": "%s"}],
                     "inclusions": {"on": {"users": ["included-user"]}}}""".formatted(i, payload));
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** A version has the definition and the compiled flag, and an audit entry both differences. */
    @ParameterizedTest
    @CsvSource({"/flags,flags", "/versions,versions", "/audit,entries"})
    void pagesEndWithEightMebibytes(String path, String field) {
        List<String> seen = new ArrayList<>();
        int pages = 0;
        Object cursor = 0;
        while (cursor != null) {
            String text =
                    node.ok("GET", path + "?limit=1000&cursor=" + cursor, "").body();
            JsonObject page = new JsonObject(text);
            assertThat(text.length()).isLessThan(BYTES_OF_PAGE + 2_000_000);
            page.getJsonArray(field).forEach(element -> seen.add(key((JsonObject) element)));
            cursor = page.getValue("nextCursor");
            pages++;
        }

        assertThat(pages).isGreaterThan(1);
        assertThat(seen)
                .containsSubsequence(IntStream.range(0, FLAGS)
                        .mapToObj(i -> "large-" + (FLAGS - 1 - i))
                        .toList())
                .doesNotHaveDuplicates();
    }

    private static String key(JsonObject element) {
        JsonObject flag = element.getJsonObject("flagConfig", element);
        return flag.getString("key", flag.getString("label"));
    }

    @Test
    void listsLeaveOutInclusions() {
        String id = node.get("/flags?key=large-0")
                .getJsonArray("flags")
                .getJsonObject(0)
                .getString("id");

        assertThat(node.get("/flags/" + id).getJsonObject("inclusions").containsKey("on"))
                .isTrue();
        assertThat(node.ok("GET", "/flags?key=large-0", "").body()).doesNotContain("included-user");
    }
}
