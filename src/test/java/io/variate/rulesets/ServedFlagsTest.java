package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.rulesets.document.FlagFilter;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class ServedFlagsTest {
    private static final String DOCUMENT = """
            {"deployments": [
              {"key": "all", "label": "a", "type": "server", "flags": ["*"]},
              {"key": "all-too", "label": "b", "type": "server", "flags": ["*"]},
              {"key": "some", "label": "c", "type": "server", "flags": ["a", "b"]},
              {"key": "some-too", "label": "d", "type": "server", "flags": ["b", "a"]},
              {"key": "clients", "label": "e", "type": "client", "flags": ["*"]}],
             "flags": [
              {"key": "a", "segments": [{"variant": "%s"}], "variants": {}, "metadata": {"evaluationMode": "local"}},
              {"key": "b", "segments": [], "variants": {}, "metadata": {"evaluationMode": "local"}},
              {"key": "round", "dependencies": ["about"], "segments": [], "variants": {}},
              {"key": "about", "dependencies": ["round"], "segments": [], "variants": {}}]}
            """;

    @Test
    void deploymentsWithTheSameFlagsShareTheirEncoding() {
        Ruleset ruleset = compiled(1, "on");

        assertThat(served(ruleset, "all")).isSameAs(served(ruleset, "all-too"));
        assertThat(served(ruleset, "some")).isSameAs(served(ruleset, "some-too"));
        assertThat(served(ruleset, "clients")).isNotSameAs(served(ruleset, "all"));
    }

    @Test
    void leavesOutCyclicFlagsWhichFailInSdks() {
        assertThat(served(compiled(1, "on"), "all").json().toString()).doesNotContain("round", "about");
    }

    @Test
    void encodesOnce() throws Exception {
        ServedFlags served = served(compiled(1, "on"), "all");

        assertThat(served.isEncoded()).isFalse();
        assertThat(served.json()).isSameAs(served.json());
        assertThat(served.gzip()).isSameAs(served.gzip());
        assertThat(served.isEncoded()).isTrue();
        FlagFilter local = new FlagFilter("local", null, List.of());
        assertThat(served.json(local)).isSameAs(served.json(local));
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(served.gzip().getBytes()))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(served.json().toString());
        }
    }

    @Test
    void theHashDependsOnTheContentOnly() {
        long hash = served(compiled(1, "on"), "all").hash();

        assertThat(served(compiled(2, "on"), "all").hash()).isEqualTo(hash);
        assertThat(served(compiled(3, "off"), "all").hash()).isNotEqualTo(hash);
    }

    @Test
    void encodesInAdvanceWhateverThePreviousRulesetHadEncoded() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
            Documents.offer(current, 1, DOCUMENT.formatted("on")).await(10, TimeUnit.SECONDS);
            served(Objects.requireNonNull(current.get()), "all").json();

            Documents.offer(current, 2, DOCUMENT.formatted("off")).await(10, TimeUnit.SECONDS);

            Ruleset next = Objects.requireNonNull(current.get());
            assertThat(served(next, "all").isEncoded()).isTrue();
            assertThat(served(next, "clients").isEncoded()).isFalse();
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void notifiesListenersOfEachNewerRulesetUntilTheyUnsubscribe() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
            List<Long> revisions = new ArrayList<>();
            current.onChange(ruleset -> {
                throw new IllegalStateException("listener failure");
            });
            Runnable unsubscribe = current.onChange(ruleset -> {
                assertThat(current.revision()).isEqualTo(ruleset.revision());
                revisions.add(ruleset.revision());
            });

            for (long revision : List.of(1L, 3L, 2L)) {
                Documents.offer(current, revision, DOCUMENT.formatted("on")).await(10, TimeUnit.SECONDS);
            }
            unsubscribe.run();
            Documents.offer(current, 4, DOCUMENT.formatted("on")).await(10, TimeUnit.SECONDS);

            assertThat(revisions).containsExactly(1L, 3L);
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static ServedFlags served(Ruleset ruleset, String key) {
        return Objects.requireNonNull(ruleset.deployment(key)).served();
    }

    private static Ruleset compiled(long revision, String variant) {
        return Documents.compile(revision, DOCUMENT.formatted(variant), "us");
    }
}
