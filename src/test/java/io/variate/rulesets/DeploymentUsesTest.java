package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.rulesets.DeploymentUses.Counted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeploymentUsesTest {
    private final DeploymentUses uses = new DeploymentUses();
    private final CompiledFlags flags = CompiledFlags.compile(List.of(
            flag("{\"key\": \"a\", \"variants\": {}, \"segments\": []}"),
            flag("{\"key\": \"b\", \"variants\": {}, \"segments\": [], \"dependencies\": [\"a\"]}"),
            flag("{\"key\": \"c\", \"variants\": {}, \"segments\": []}")));

    private static Flag flag(String json) {
        return ((FlagReading.Accepted) FlagReader.read(Json.parse(json), "")).flag();
    }

    @Test
    void countsEvaluationsOfEachFlagAndOfThoseThatItDependsOn() {
        uses.evaluated(flags.planAll());
        uses.evaluated(flags.planAll());
        uses.evaluated(flags.plan(List.of("b")));

        assertThat(uses.drain()).isEqualTo(new Counted(3, 0, Map.of("a", 3L, "b", 3L, "c", 2L)));
    }

    @Test
    void startsAgainFromZero() {
        uses.evaluated(flags.planAll());
        uses.fetched();
        uses.requested();

        assertThat(uses.drain()).isEqualTo(new Counted(3, 1, Map.of("a", 1L, "b", 1L, "c", 1L)));
        assertThat(uses.drain()).isEqualTo(new Counted(0, 0, Map.of()));
        uses.evaluated(flags.planAll());
        assertThat(uses.drain().requests()).isEqualTo(1);
    }

    @Test
    void countsEvaluationsWithMorePlansThanItKeeps() {
        for (int i = 0; i < 1_000; i++) {
            uses.evaluated(flags.planAsListed());
        }

        assertThat(uses.drain()).isEqualTo(new Counted(1_000, 0, Map.of("a", 1_000L, "b", 1_000L, "c", 1_000L)));
    }

    @Test
    void missesNothingWhileThreadsEvaluateWithKnownPlans() throws Exception {
        EvaluationPlan plan = flags.plan(List.of("c"));
        uses.evaluated(plan);

        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                running.add(threads.submit(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        uses.evaluated(plan);
                    }
                }));
            }
            long counted = uses.drain().requests();
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }

            assertThat(counted + uses.drain().requests()).isEqualTo(400_001);
        } finally {
            threads.shutdownNow();
        }
    }
}
