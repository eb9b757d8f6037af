package io.variate.management.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.rulesets.document.Deployment;
import io.variate.store.Database;
import io.variate.store.RulesetStore;
import io.variate.store.Usage;
import io.variate.store.UsageStore;
import io.variate.store.UsageStore.FlagId;
import io.variate.testing.RunningNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The usage of flags and deployment keys in PostgreSQL. */
@Tag("slow")
class UsageTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final Instant EARLY = Instant.parse("2030-01-01T00:00:00Z");
    private static final Instant LATE = Instant.parse("2030-01-02T00:00:00Z");

    private static final String FLAG =
            "{\"key\": \"%s\", \"variants\": {\"on\": {\"key\": \"on\"}}," + " \"segments\": [{\"variant\": \"on\"}]}";

    private final Vertx vertx = Vertx.vertx();
    private final Database database = database();
    private final UsageStore store = new UsageStore(database);

    private Database database() {
        return new Database(
                vertx,
                new Settings.Postgres(
                        new Secret(POSTGRES.uri()), 4, Duration.ofSeconds(20), Duration.ofSeconds(60), null),
                new SimpleMeterRegistry());
    }

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @AfterEach
    void close() throws Exception {
        await(new RulesetStore(database).close());
        await(vertx.close());
    }

    @Test
    void sumsTheCountsOfTwoNodes() throws Exception {
        UsageStore other = new UsageStore(database);
        await(store.addFlags(
                Map.of(new FlagId("sums", "a"), new Usage(2, LATE), new FlagId("other", "a"), new Usage(7, LATE))));
        await(other.addFlags(
                Map.of(new FlagId("sums", "a"), new Usage(3, EARLY), new FlagId("sums", "b"), new Usage(1, EARLY))));
        await(store.addDeployments(Map.of("d", new Usage(4, EARLY))));
        await(other.addDeployments(Map.of("d", new Usage(1, LATE))));

        assertThat(await(store.flags("sums"))).isEqualTo(Map.of("a", new Usage(5, LATE), "b", new Usage(1, EARLY)));
        assertThat(await(store.deployments())).containsEntry("d", new Usage(5, LATE));
    }

    @Test
    void storesTheUsageOfThousandsOfFlagsFromTwoNodesAtOnce() throws Exception {
        Map<FlagId, Usage> counted = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            counted.put(new FlagId("many", "flag-" + i), new Usage(1, EARLY));
        }

        await(Future.all(store.addFlags(counted), new UsageStore(database).addFlags(counted)));

        assertThat(await(store.flags("many"))).hasSize(5_000).containsEntry("flag-4999", new Usage(2, EARLY));
    }

    @Test
    void nodesRecordWhatTheyHaveCountedBeforeTheyStop() throws Exception {
        Instant start = Instant.now().minusSeconds(1);
        for (int i = 0; i < 2; i++) {
            try (RunningNode node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", POSTGRES.uri()))) {
                assertThat(node.put("{\"deployments\": ["
                                        + "{\"key\": \"k1\", \"label\": \"one\", \"type\": \"server\", \"flags\": [\"*\"]},"
                                        + "{\"key\": \"k2\", \"label\": \"two\", \"type\": \"server\", \"flags\": [\"local\"]},"
                                        + "{\"key\": \"k3\", \"label\": \"idle\", \"type\": \"server\", \"flags\": [\"*\"]}],"
                                        + "\"flags\": [" + FLAG.formatted("f") + "," + FLAG.formatted("g") + ","
                                        + FLAG.formatted("local") + "]}")
                                .statusCode())
                        .isEqualTo(200);
                evaluate(node, "flag_keys=f");
                evaluate(node, "flag_keys=f,g");
                assertThat(node.get("/sdk/v2/flags", "Authorization", "Api-Key k2")
                                .statusCode())
                        .isEqualTo(200);
            }
        }

        Map<String, Usage> flags = await(store.flags(""));
        assertThat(flags.keySet()).containsExactlyInAnyOrder("f", "g", "local");
        assertThat(count(flags, "f")).isEqualTo(4);
        assertThat(count(flags, "g")).isEqualTo(2);
        assertThat(count(flags, "local")).as("fetched, not evaluated").isZero();
        assertThat(flags.values()).allMatch(usage -> usage.last().isAfter(start));
        Map<String, Usage> deployments = await(store.deployments());
        assertThat(count(deployments, Deployment.idOf("k1"))).isEqualTo(4);
        assertThat(count(deployments, Deployment.idOf("k2"))).isEqualTo(2);
        assertThat(deployments).doesNotContainKey(Deployment.idOf("k3"));
    }

    private static long count(Map<String, Usage> usages, String key) {
        Usage usage = usages.get(key);
        return usage == null ? -1 : usage.count();
    }

    private static void evaluate(RunningNode node, String query) {
        assertThat(node.get("/v1/vardata?user_id=u&" + query, "Authorization", "Api-Key k1")
                        .statusCode())
                .isEqualTo(200);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }
}
