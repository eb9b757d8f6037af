package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.Ledger.Loss;
import io.variate.assignments.spool.Entry;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.testing.Await;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code assignments.when-full: refuse} for exposures, alone and together with their assignment. */
@Timeout(120)
class RefusedExposuresTest {
    private static final int FLAGS = 3;
    private static final String PADDING = "x".repeat(400);
    private static final Map<String, String> SMALL = Map.of(
            "VARIATE_ASSIGNMENTS_SEGMENT_BYTES",
            "65536",
            "VARIATE_ASSIGNMENTS_MAX_BYTES",
            "196608",
            "VARIATE_ASSIGNMENTS_WHEN_FULL",
            "refuse");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Assignments assignments = Assignments.of(flags(FLAGS));

    @SuppressWarnings("NullAway.Init")
    private AssignmentLog log;

    @SuppressWarnings("NullAway.Init")
    private AssignmentRecorder recorder;

    @BeforeEach
    void open() {
        Map<String, String> variables = new HashMap<>(SMALL);
        variables.put("VARIATE_NODE_DATA_DIR", directory.toString());
        Settings settings = SettingsLoader.load(null, variables);
        log = new AssignmentLog(settings, Clock.systemUTC(), new SimpleMeterRegistry());
        recorder = new AssignmentRecorder(settings, log);
        log.open();
    }

    @AfterEach
    void close() {
        log.close();
    }

    @ParameterizedTest
    @CsvSource({"/v1/vardata, false", "/v1/vardata, true", "/sdk/v2/vardata, false", "/sdk/v2/vardata, true"})
    void answersOnlyIfAllEventsAreRecorded(String door, boolean isTracked) {
        String ruleset = """
                {"deployments": [{"key": "server", "label": "shop", "type": "server", "flags": ["*"]}], "flags": %s}""".formatted(flags(FLAGS));
        try (RunningNode node = RunningNode.serving(ruleset, SMALL)) {
            int answered = 0;
            for (int refused = 0; refused < 20; ) {
                HttpResponse<String> answer = ask(node, door, isTracked, answered + refused);
                if (answer.statusCode() == 200) {
                    answered++;
                } else {
                    refused++;
                    assertThat(answer.statusCode()).isEqualTo(503);
                    assertThat(answer.body()).contains("not_recorded");
                    assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
                }
            }

            assertThat(answered).isPositive();
            JsonObject ledger = node.ledger();
            assertThat(ledger.getLong("evaluated")).isEqualTo(answered);
            assertThat(ledger.getLong("untracked")).isEqualTo(isTracked ? 0 : answered);
            assertThat(ledger.getLong("exposures")).isEqualTo((long) FLAGS * answered);
            assertThat(ledger.getLong("spooled")).isEqualTo((long) (isTracked ? FLAGS + 1 : FLAGS) * answered);
            assertThat(ledger.getJsonObject("lost").stream())
                    .allMatch(cause -> ((Number) cause.getValue()).intValue() == 0);
        }
    }

    private static HttpResponse<String> ask(RunningNode node, String door, boolean isTracked, int number) {
        return node.get(
                door + "?user_id=" + user(number),
                "Authorization",
                "Api-Key server",
                "X-Amp-Exp-User",
                Base64.getUrlEncoder()
                        .encodeToString(("{\"user_id\":\"" + user(number) + "\"}").getBytes(StandardCharsets.UTF_8)),
                "X-Amp-Exp-Track",
                isTracked ? "track" : "no-track",
                "X-Amp-Exp-Exposure-Track",
                "track");
    }

    @Test
    void recordsAllEventsOfARejectedRequestOnRetry() {
        Assignment refused = firstRefused(true);
        drain();

        Await.until("the exposures are recorded", () -> recorder.recordWithExposures(refused));

        List<Entry> entries = log.poll(1_000, 1 << 20);
        assertThat(entries).hasSize(FLAGS + 1);
        assertThat(types(entries)).containsExactlyInAnyOrder("[Experiment] Assignment", "[Experiment] Exposure");
        assertThat(balanced().deduplicated()).isZero();
    }

    @Test
    void rejectsExposuresOfARecordedAssignmentWithoutCountingItAgain() {
        Assignment known = assignments.to("known", null);
        assertThat(recorder.record(known)).isTrue();
        firstRefused(false);
        fill();
        long before = log.ledger().deduplicated();

        assertThat(recorder.recordWithExposures(known)).isFalse();

        assertThat(balanced().deduplicated()).isEqualTo(before);
    }

    @Test
    void answersRecordedExposuresWhenTheLogIsFull() {
        Assignment known = assignments.to("known", null);
        assertThat(recorder.recordWithExposures(known)).isTrue();
        firstRefused(false);
        fill();

        assertThat(recorder.recordExposures(known)).isTrue();
        assertThat(recorder.recordWithExposures(known)).isTrue();
        balanced();
    }

    @Test
    void splitsAGroupLargerThanAFileAndCountsItExactly() {
        Assignments many = Assignments.of(flags(400));
        int answered = 0;
        Await.value("all events are delivered", () -> log.ledger().spooled(), seen -> seen == 0);
        while (recorder.recordWithExposures(many.to(user(answered), null))) {
            answered++;
        }

        Ledger ledger = balanced();
        assertThat(ledger.lostInAll()).isZero();
        assertThat(ledger.spooled()).isEqualTo(ledger.evaluated() + ledger.exposures());
        assertThat(ledger.spooled()).isLessThan(401L * (answered + 1));
        assertThat(log.poll(10_000, 1 << 20)).hasSize((int) ledger.spooled());
    }

    @Test
    void answersEventsLargerThanAFileAndCountsThemAsTooLarge() {
        Assignment huge = assignments.to("x".repeat(70_000), null);

        assertThat(recorder.recordWithExposures(huge)).isTrue();
        assertThat(recorder.recordExposures(huge)).isTrue();

        Ledger ledger = balanced();
        assertThat(ledger.lost(Loss.TOO_LARGE)).isEqualTo(2 * FLAGS + 1);
        assertThat(ledger.exposures()).isEqualTo(2 * FLAGS);
        assertThat(ledger.evaluated()).isEqualTo(2);
        assertThat(ledger.spooled()).isZero();
    }

    @Test
    void answersNothingWithoutALog() {
        log.close();

        assertThat(recorder.recordExposures(assignments.to("one", null))).isFalse();
        assertThat(recorder.recordWithExposures(assignments.to("two", null))).isFalse();
        assertThat(recorder.record(assignments.to("three", null))).isFalse();
        assertThat(balanced().evaluated()).isZero();
    }

    @Test
    void aUserWithoutIdIsUntracked() {
        assertThat(recorder.recordExposures(assignments.to(null, null))).isTrue();
        assertThat(recorder.recordWithExposures(assignments.to(null, null))).isTrue();

        assertThat(balanced().untracked()).isEqualTo(2);
    }

    private Assignment firstRefused(boolean isTracked) {
        for (int i = 0; ; i++) {
            Assignment assignment = assignments.to(user(i), null);
            if (!(isTracked ? recorder.recordWithExposures(assignment) : recorder.recordExposures(assignment))) {
                return assignment;
            }
        }
    }

    /** Until not even the smallest event has a place, in the segment that is being prepared either. */
    private void fill() {
        Await.until("the log is full and refuses events", () -> {
            boolean isRefused = !recorder.record(
                    assignments.to(user(1_000_000 + (int) log.ledger().evaluated()), null));
            return isRefused && log.standing().state() == AssignmentLog.State.FULL;
        });
        for (int i = 0; recorder.record(assignments.to("s" + i, null)); i++) {
            assertThat(i).isLessThan(1_000);
        }
    }

    private void drain() {
        List<Entry> entries = log.poll(10_000, 1 << 20);
        log.commit(entries.get(entries.size() - 1).sequence() + 1, 0);
    }

    private Ledger balanced() {
        Ledger ledger = log.ledger();
        assertThat(ledger.evaluated() + ledger.exposures() + ledger.received())
                .isEqualTo(ledger.untracked()
                        + ledger.deduplicated()
                        + ledger.delivered()
                        + ledger.spooled()
                        + ledger.lostInAll());
        return ledger;
    }

    private static Set<String> types(List<Entry> entries) {
        return entries.stream()
                .map(entry -> new JsonObject(new String(entry.value(), StandardCharsets.UTF_8)).getString("event_type"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String user(int number) {
        return "user-%06d-".formatted(number) + PADDING;
    }

    private static String flags(int count) {
        return IntStream.range(0, count).mapToObj("""
                        {"key": "flag-%d", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}"""::formatted).collect(Collectors.joining(",", "[", "]"));
    }
}
