package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.SingleNode;
import io.variate.cohorts.Cohort;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.engine.CompiledFlags;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.store.Database;
import io.variate.store.RevisionConflictException;
import io.variate.store.RulesetStore;
import io.variate.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class RulesetEditorTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    private static final String DOCUMENT = """
            {"revision": 1000, "deployments": [
              {"key": "all", "type": "server", "label": "", "flags": ["*"]},
              {"key": "some", "type": "client", "flags": ["b"], "zone": "us"},
              {"key": "european", "type": "server", "zone": "eu", "flags": ["*"]}],
             "flags": [
              {"key": "a", "variants": {"on": {"key": "on", "payload": 1.0}}, "segments": [{"variant": "on"}], "x": "\\ud800"},
              {"key": "b", "dependencies": ["a"], "variants": {}, "segments": []}],
             "cohorts": [{"id": "c", "memberIds": ["ü"]}]}
            """;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics);
    private final PostgresRulesetSource source = new PostgresRulesetSource(new RulesetStore(new Database(
            vertx,
            new Settings.Postgres(new Secret(POSTGRES.uri()), 2, Duration.ofSeconds(5), Duration.ofSeconds(20), null),
            metrics)));

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    private RulesetEditor target() throws Exception {
        RulesetSynchronizer synchronizer = new RulesetSynchronizer(
                vertx, current, new NoRulesetCache(), new SingleNode(), source, directory, Duration.ofHours(1));
        await(synchronizer.start());
        return new RulesetEditor(vertx, current, source, synchronizer);
    }

    @AfterEach
    void close() throws Exception {
        await(source.close());
        await(vertx.close());
    }

    @Test
    void servesTheFlagsThatValidationCompiled() throws Exception {
        RulesetEditor target = target();
        RulesetEditor.Valid valid = target.validate(DOCUMENT);

        long revision = await(target.store(valid, null)).revision();

        await(current.reached(revision));
        assertThat(compiled("all")).isSameAs(compiled(valid, "all"));
        assertThat(compiled("some")).isSameAs(compiled(valid, "some"));
        assertThat(current.origin()).isEqualTo(Origin.POSTGRES);
    }

    @Test
    void servesTheSameRulesetAsANodeThatCompilesTheStoredDocument() throws Exception {
        long revision = await(target().replace(DOCUMENT, null)).revision();
        await(current.reached(revision));

        EncodedRuleset stored = Objects.requireNonNull(await(source.loadUnless(null)));
        Ruleset served = Objects.requireNonNull(current.get());
        Ruleset compiled = RulesetCompiler.compile(stored, "us");

        assertThat(served.encoded()).isEqualTo(stored);
        assertThat(served.revision()).isEqualTo(revision);
        assertThat(served.problems()).isEqualTo(compiled.problems());
        assertThat(served.deploymentsByKey()).containsOnlyKeys("all", "some");
        assertThat(served.cohorts("").byId()).containsOnlyKeys("c");
        assertThat(cohort(served).lastModified()).isEqualTo(cohort(compiled).lastModified());
        served.deploymentsByKey().forEach((key, flags) -> {
            DeployedFlags same = Objects.requireNonNull(compiled.deployment(key));
            assertThat(flags.deployment()).isEqualTo(same.deployment());
            assertThat(flags.served().json()).isEqualTo(same.served().json());
        });
        Await.value("the snapshot is written", () -> new RulesetSnapshot(directory).read(), stored::equals);
    }

    @Test
    void compilesAnotherDocumentThanThePreparedOne() throws Exception {
        RulesetEditor target = target();
        RulesetEditor.Valid valid = target.validate(DOCUMENT);
        current.prepare(valid.prepared());

        await(current.offer(new EncodedRuleset(current.revision() + 1, DOCUMENT), Origin.CLUSTER));

        assertThat(compiled("all")).isNotSameAs(compiled(valid, "all"));
    }

    @Test
    void forgetsTheCompiledDocumentOfAFailedReplacement() throws Exception {
        RulesetEditor target = target();
        RulesetEditor.Valid valid = target.validate(DOCUMENT);

        Throwable failure = catchThrowable(() -> await(target.store(valid, 1_000_000L)));

        assertThat(failure).isInstanceOf(RevisionConflictException.class);
        long next = current.revision() + 1;
        String json = PostgresRulesetSource.json(valid.prepared().rows().columns(next));
        await(current.offer(new EncodedRuleset(next, json), Origin.CLUSTER));
        assertThat(compiled("all")).isNotSameAs(compiled(valid, "all"));
    }

    private static Cohort cohort(Ruleset ruleset) {
        return Objects.requireNonNull(ruleset.cohorts("").find("c"));
    }

    private CompiledFlags compiled(String key) {
        Ruleset served = Objects.requireNonNull(current.get());
        return Objects.requireNonNull(served.deployment(key)).flags();
    }

    private static CompiledFlags compiled(RulesetEditor.Valid valid, String key) {
        return Objects.requireNonNull(
                        valid.prepared().compiled().deploymentsByKey().get(key))
                .flags();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
