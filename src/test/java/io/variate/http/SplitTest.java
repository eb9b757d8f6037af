package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each of 10,000 users gets the variant that an independent computation of the hash predicts. */
@Tag("slow")
class SplitTest {
    private static final int USERS = 10_000;
    private static final int AT_A_TIME = 100;
    private static final int CONTROL = 5009;

    /** By user. */
    @SuppressWarnings("NullAway.Init")
    private static List<JsonObject> answers;

    @BeforeAll
    static void evaluateAllUsers() throws Exception {
        answers = new ArrayList<>(USERS);
        String demo = Files.readString(Path.of("conf", "demo-ruleset.json"));
        try (RunningNode node = RunningNode.serving(demo, Map.of())) {
            for (int first = 0; first < USERS; first += AT_A_TIME) {
                List<CompletableFuture<HttpResponse<String>>> batch = new ArrayList<>();
                for (int i = first; i < first + AT_A_TIME; i++) {
                    batch.add(node.getAsync(
                            "/v1/vardata?user_id=" + user(i), "Authorization", "Api-Key server-demo-key"));
                }
                for (CompletableFuture<HttpResponse<String>> answer : batch) {
                    assertThat(answer.get().statusCode()).isEqualTo(200);
                    answers.add(new JsonObject(answer.get().body()));
                }
            }
        }
    }

    @AfterAll
    static void clear() {
        answers = List.of();
    }

    @Test
    void hashesAsPublished() {
        assertThat(murmur3("")).isZero();
        assertThat(murmur3("hello")).isEqualTo(0x248bfa47L);
        assertThat(murmur3("The quick brown fox jumps over the lazy dog")).isEqualTo(0x2e4ff723L);
    }

    @Test
    void splitsAnExperimentByHash() {
        Map<String, Integer> expected = new TreeMap<>();
        Map<String, Integer> actual = new TreeMap<>();
        for (int i = 0; i < USERS; i++) {
            String variant = half("q7RmZ2Ku", i) ? "control" : "treatment";
            assertThat(keyOf(i, "checkout-redesign")).isEqualTo(variant);
            expected.merge(variant, 1, Integer::sum);
            actual.merge(keyOf(i, "checkout-redesign"), 1, Integer::sum);
        }
        assertThat(actual).isEqualTo(expected).hasSize(2);
        // Golden values: a change of either number moves users between variants.
        assertThat(actual).isEqualTo(Map.of("control", CONTROL, "treatment", USERS - CONTROL));
    }

    @Test
    void assignsNoUserToTwoExclusiveExperiments() {
        for (int i = 0; i < USERS; i++) {
            boolean first = half("Vw3xTn8E", i);
            assertThat(keyOf(i, "search-ranking")).isEqualTo(first ? arm("hB5yLc0D", i) : "none");
            assertThat(keyOf(i, "search-suggestions")).isEqualTo(first ? "none" : arm("Jf9sGp6A", i));
        }
    }

    @Test
    void assignsNothingToHeldOutUsers() {
        int heldOut = 0;
        for (int i = 0; i < USERS; i++) {
            boolean out = hash("N4kXd1Wz", i) / 100 < 4_294_968;
            heldOut += out ? 1 : 0;
            assertThat(keyOf(i, "loyalty-banner")).isEqualTo(out ? "none" : arm("tE2vRs7M", i));
        }
        assertThat(heldOut).isBetween(900, 1100);
    }

    @Test
    void omitsGroupsAndDefaults() {
        for (JsonObject answer : answers) {
            assertThat(answer.fieldNames())
                    .contains("dark-mode", "checkout-redesign")
                    .doesNotContain("mutex-search", "holdout-q4", "delivery-offer");
        }
    }

    private static String user(int number) {
        return "user-" + number;
    }

    private static String keyOf(int user, String flag) {
        JsonObject variant = answers.get(user).getJsonObject(flag);
        return variant == null ? "none" : variant.getString("key");
    }

    private static String arm(String salt, int user) {
        return half(salt, user) ? "control" : "treatment";
    }

    /** Whether a user is in the first of two equal halves; both contain the border value, and the first wins. */
    private static boolean half(String salt, int user) {
        return hash(salt, user) / 100 < 21_474_837;
    }

    private static long hash(String salt, int user) {
        return murmur3(salt + "/" + user(user));
    }

    /** MurmurHash3_x86_32 with seed 0, as its author published it. */
    private static long murmur3(String text) {
        byte[] data = text.getBytes(StandardCharsets.UTF_8);
        int h = 0;
        int i = 0;
        for (; i + 4 <= data.length; i += 4) {
            int k = (data[i] & 0xff) | (data[i + 1] & 0xff) << 8 | (data[i + 2] & 0xff) << 16 | data[i + 3] << 24;
            h = Integer.rotateLeft(h ^ scramble(k), 13) * 5 + 0xe6546b64;
        }
        int tail = 0;
        for (int j = data.length - 1; j >= i; j--) {
            tail = tail << 8 | (data[j] & 0xff);
        }
        h ^= scramble(tail);
        h ^= data.length;
        h = (h ^ h >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return Integer.toUnsignedLong(h ^ h >>> 16);
    }

    private static int scramble(int k) {
        return Integer.rotateLeft(k * 0xcc9e2d51, 15) * 0x1b873593;
    }
}
