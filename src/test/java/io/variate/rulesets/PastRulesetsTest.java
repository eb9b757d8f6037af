package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.EffectiveCohorts;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.engine.Evaluation;
import io.variate.engine.Explanation;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.store.Database;
import io.variate.store.RulesetHistory;
import io.variate.store.RulesetStore;
import io.variate.store.UnknownRevisionException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Past rulesets give the answers that they gave when they were served. */
@Tag("slow")
class PastRulesetsTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final int CHANGES = 100;

    private final Vertx vertx = Vertx.vertx();
    private final CurrentRuleset current =
            new CurrentRuleset(vertx, ServedAnswers.ZONE, Clock.systemUTC(), new SimpleMeterRegistry());
    private final Database database = new Database(
            vertx,
            new Settings.Postgres(
                    new Secret("postgresql://postgres@127.0.0.1:" + POSTGRES.port() + "/postgres"),
                    4,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    null),
            new SimpleMeterRegistry());
    private final RulesetStore store = new RulesetStore(database);
    private final PastRulesets past = new PastRulesets(vertx, current, new RulesetHistory(database));

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void empty() throws Exception {
        await(store.change(null, null, present -> RowSet.EMPTY));
    }

    @AfterEach
    void close() throws Exception {
        await(store.close());
        await(vertx.close());
    }

    /**
     * What a ruleset answers.
     *
     * @param explanations by deployment key
     */
    private record Answers(ServedAnswers served, Map<String, List<Map<String, @Nullable Object>>> explanations) {
        static Answers of(Ruleset ruleset) {
            Map<String, List<Map<String, @Nullable Object>>> explanations = new TreeMap<>();
            Evaluation evaluation = new Evaluation();
            ruleset.deploymentsByKey().forEach((key, deployed) -> {
                List<Map<String, @Nullable Object>> trees = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    evaluation
                            .explain(deployed.plan(List.of())
                                    .read(
                                            null,
                                            "user-" + i,
                                            null,
                                            new EffectiveCohorts(
                                                    Cohorts.NONE,
                                                    deployed.project().cohorts())))
                            .stream()
                            .map(Explanation::asTree)
                            .forEach(trees::add);
                }
                explanations.put(key, trees);
            });
            return new Answers(ServedAnswers.of(ruleset), explanations);
        }
    }

    @Test
    void hundredRandomChangesLaterEachRevisionAnswersAsItDid() throws Exception {
        long seed = System.nanoTime();
        RandomChange change = new RandomChange(new Random(seed));
        Map<Long, Answers> recorded = new LinkedHashMap<>();
        for (int i = 0; i < CHANGES; i++) {
            await(store.change(current.rows(), null, present -> change.applyTo(present, KnownFlags.NONE)));
            RulesetRows rows = ((RulesetReading.Whole) await(store.readSince(null))).rows();
            await(current.offer(rows, Origin.POSTGRES));
            recorded.put(current.revision(), Answers.of(served()));
        }
        List<Long> revisions = new ArrayList<>(recorded.keySet());
        Collections.shuffle(revisions, new Random(seed));
        for (long revision : revisions) {
            Ruleset then = await(past.at(revision));
            assertThat(then.revision()).isEqualTo(revision);
            assertThat(Answers.of(then))
                    .as("revision %d, seed %d", revision, seed)
                    .isEqualTo(recorded.get(revision));
        }
    }

    @Test
    void concurrentCallersShareARuleset() throws Exception {
        long revision = await(store.change(null, null, present -> present)).to().number();

        Future<Ruleset> one = past.at(revision);
        Future<Ruleset> other = past.at(revision);

        assertThat(await(one)).isSameAs(await(other)).isSameAs(await(past.at(revision)));
    }

    @Test
    void keepsTwoRulesets() throws Exception {
        List<Long> revisions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            revisions.add(
                    await(store.change(null, null, present -> present)).to().number());
        }
        Map<Long, Ruleset> first = new HashMap<>();
        for (long revision : revisions) {
            first.put(revision, await(past.at(revision)));
        }

        assertThat(await(past.at(revisions.get(2)))).isSameAs(first.get(revisions.get(2)));
        assertThat(await(past.at(revisions.get(1)))).isSameAs(first.get(revisions.get(1)));
        assertThat(await(past.at(revisions.get(0)))).isNotSameAs(first.get(revisions.get(0)));
    }

    @Test
    void limitsTheRevisionsThatAreBeingLoaded() throws Exception {
        List<Future<Ruleset>> loads = new ArrayList<>();
        for (long revision = 1_000; revision < 1_008; revision++) {
            loads.add(past.at(revision));
        }

        assertThatThrownBy(() -> await(past.at(1_008))).isInstanceOf(TooManyRevisionsException.class);
        for (Future<Ruleset> load : loads) {
            assertThatThrownBy(() -> await(load)).isInstanceOf(UnknownRevisionException.class);
        }
        assertThatThrownBy(() -> await(past.at(1_008))).isInstanceOf(UnknownRevisionException.class);
    }

    @Test
    void aNodeWithoutPostgresqlHasNoHistory() {
        assertThatThrownBy(() -> await(new PastRulesets(vertx, current, null).at(1)))
                .isInstanceOf(NoHistoryException.class);
    }

    private Ruleset served() {
        return Objects.requireNonNull(current.get());
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(60, TimeUnit.SECONDS);
    }
}
