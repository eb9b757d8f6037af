package io.variate.management.reports;

import static io.variate.management.reports.StaleReason.CONSTANT;
import static io.variate.management.reports.StaleReason.DECIDED;
import static io.variate.management.reports.StaleReason.EXPIRED;
import static io.variate.management.reports.StaleReason.FORGOTTEN;
import static io.variate.management.reports.StaleReason.SILENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.management.model.ExperimentDetails;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagAgeTest {
    private static final Instant NOW = Instant.parse("2030-03-01T00:00:00Z");
    private static final Duration AGE = Duration.ofDays(30);
    private static final Instant OLD = NOW.minus(AGE);
    private static final Instant RECENT = OLD.plusSeconds(1);

    private static final String EVERYONE_ON = "{\"variant\": \"on\"}";
    private static final String ALL_ON = bucket(100, "on", 42_949_673);
    private static final String HALF_ON = bucket(50, "on", 42_949_673);
    private static final String SPLIT =
            "{\"bucket\": {\"selector\": [\"context\", \"user\", \"user_id\"], \"salt\": \"s\","
                    + " \"allocations\": [{\"range\": [0, 100], \"distributions\": ["
                    + "{\"variant\": \"on\", \"range\": [0, 21474836]}, {\"variant\": \"off\", \"range\": [21474836, 42949673]}]}]}}";
    private static final String TESTERS_OFF =
            "{\"conditions\": [[{\"selector\": [\"context\", \"user\", \"user_id\"], \"op\": \"is\", \"values\": [\"t\"]}]],"
                    + " \"variant\": \"off\"}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                EVERYONE_ON,
                "{\"variant\": \"off\"}",
                "",
                "{\"conditions\": [], \"variant\": \"off\"},{\"variant\": \"on\"}"
            })
    void aFlagWithOneVariantForAllIsConstant(String segments) {
        assertThat(reasons(segments, OLD, NOW, null)).containsExactly(CONSTANT);
        assertThat(reasons(segments, RECENT, NOW, null)).isEmpty();
        assertThat(reasons(segments, null, NOW, null)).isEmpty();
    }

    @Test
    void aFullRolloutIsConstant() {
        assertThat(reasons(ALL_ON + ",{\"variant\": \"off\"}", OLD, NOW, null)).containsExactly(CONSTANT);
        assertThat(reasons(TESTERS_OFF + "," + EVERYONE_ON, OLD, NOW, null)).isEmpty();
        assertThat(reasons(TESTERS_OFF + ",{\"variant\": \"off\"}", OLD, NOW, null))
                .containsExactly(CONSTANT);
    }

    @Test
    void aPartialRolloutIsForgotten() {
        assertThat(reasons(HALF_ON + ",{\"variant\": \"off\"}", OLD, NOW, null)).containsExactly(FORGOTTEN);
        assertThat(reasons(HALF_ON, OLD, NOW, null)).containsExactly(FORGOTTEN);
        assertThat(reasons(bucket(100, "on", 4_294_967), OLD, NOW, null)).containsExactly(FORGOTTEN);
        assertThat(reasons(HALF_ON, RECENT, NOW, null)).isEmpty();
        assertThat(reasons(SPLIT, OLD, NOW, null)).as("all users get a variant").isEmpty();
    }

    @Test
    void aFlagThatIsNotEvaluatedIsSilent() {
        assertThat(reasons(SPLIT, OLD, OLD, null)).containsExactly(SILENT);
        assertThat(reasons(SPLIT, OLD, RECENT, null)).isEmpty();
        assertThat(reasons(SPLIT, RECENT, OLD, null)).as("changed since").isEmpty();
        assertThat(reasons(SPLIT, OLD, null, null)).containsExactly(SILENT);
        assertThat(new FlagAge(ServedVariants.of(flag(SPLIT)), OLD, null, RECENT, null, null).reasons(NOW, AGE))
                .as("not counted for long enough")
                .isEmpty();
        assertThat(new FlagAge(ServedVariants.of(flag(SPLIT)), OLD, null, null, null, null).reasons(NOW, AGE))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {"rollout, true", "rollback, true", "continue-running, false", "null, false"})
    void anExperimentWithADecisionThatStillSplitsUsersIsDecided(@Nullable String decision, boolean decided) {
        assertThat(reasons(SPLIT, RECENT, NOW, experiment(decision, null)))
                .isEqualTo(decided ? Set.of(DECIDED) : Set.of());
        assertThat(reasons(EVERYONE_ON, RECENT, NOW, experiment(decision, null)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "2030-02-28, true",
        "2030-03-01, false",
        "2030-02-28T23:59:59Z, true",
        "2030-03-01T01:00:00+01:00, true",
        "2030-03-01T00:00:01Z, false",
        "soon, false",
    })
    void anExperimentAfterItsEndDateIsExpired(String endDate, boolean expired) {
        assertThat(reasons(SPLIT, RECENT, NOW, experiment(null, endDate)))
                .isEqualTo(expired ? Set.of(EXPIRED) : Set.of());
        assertThat(reasons(EVERYONE_ON, RECENT, NOW, experiment(null, endDate))).isEmpty();
    }

    @Test
    void reportsAllReasons() {
        assertThat(reasons(HALF_ON, OLD, OLD, experiment("rollout", "2030-01-01")))
                .containsExactly(SILENT, FORGOTTEN, DECIDED, EXPIRED);
    }

    private static Set<StaleReason> reasons(
            String segments,
            @Nullable Instant changedAt,
            @Nullable Instant lastEvaluated,
            @Nullable ExperimentDetails experiment) {
        return new FlagAge(
                        ServedVariants.of(flag(segments)),
                        changedAt,
                        lastEvaluated,
                        OLD,
                        experiment == null ? null : experiment.decision(),
                        experiment == null ? null : experiment.endDate())
                .reasons(NOW, AGE);
    }

    private static Flag flag(String segments) {
        String json = "{\"key\": \"f\", \"variants\": {\"on\": {\"key\": \"on\"}, \"off\": {\"key\": \"off\"}},"
                + " \"segments\": [" + segments + "]}";
        return ((FlagReading.Accepted) FlagReader.read(Json.parse(json), "")).flag();
    }

    private static String bucket(int percents, String variant, int to) {
        return "{\"bucket\": {\"selector\": [\"context\", \"user\", \"user_id\"], \"salt\": \"s\", \"allocations\":"
                + " [{\"range\": [0, " + percents + "], \"distributions\": [{\"variant\": \"" + variant
                + "\", \"range\": [0, " + to + "]}]}]}}";
    }

    private static ExperimentDetails experiment(@Nullable String decision, @Nullable String endDate) {
        return new ExperimentDetails(
                ExperimentDetails.A_B_TEST,
                false,
                ExperimentDetails.RUNNING,
                null,
                endDate,
                decision,
                null,
                null,
                null,
                1);
    }
}
