package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.SingleNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesetSynchronizerTest {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final CurrentRuleset current =
            new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
    private final FakeSource source = new FakeSource();
    private final FakeCache cache = new FakeCache();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aStartingNodeTakesTheRulesetOfTheCluster() throws Exception {
        cache.ruleset = ruleset(5);
        source.failure = new IOException("away");
        start();
        assertThat(current.revision()).isEqualTo(5);
        assertThat(current.origin()).isEqualTo(Origin.CLUSTER);
    }

    @Test
    void aStartingLeaderPutsWhatTheSourceHasIntoTheCache() throws Exception {
        source.ruleset = ruleset(6);
        start();
        assertThat(current.origin()).isEqualTo(Origin.POSTGRES);
        assertThat(cache.ruleset).isEqualTo(ruleset(6));
    }

    @Test
    void withEverythingElseDownANodeStartsFromItsDisk() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(4));
        source.failure = new IOException("away");
        RulesetSynchronizer target = start();
        assertThat(current.revision()).isEqualTo(4);
        assertThat(current.origin()).isEqualTo(Origin.SNAPSHOT);
        assertThat(target.sourceStatus()).isEqualTo(new SourceStatus("down", "away"));
    }

    @Test
    void withNothingAtAllANodeStartsWithoutARuleset() throws Exception {
        source.failure = new IOException("away");
        start();
        assertThat(current.get()).isNull();
    }

    @Test
    void whatIsServedIsOnDiskForTheNextStart() throws Exception {
        source.ruleset = ruleset(6);
        start();
        assertThat(new RulesetSnapshot(directory).read()).isEqualTo(ruleset(6));
    }

    @Test
    void aNotificationBringsTheNewRuleset() throws Exception {
        source.ruleset = ruleset(6);
        start();
        source.ruleset = ruleset(7);
        source.tell();
        current.reached(7).await(10, TimeUnit.SECONDS);
    }

    @Test
    void aMissedNotificationIsMadeUpForByTheNextCheck() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(7);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(7);
    }

    @Test
    void aSourceThatComesBackIsReadAgain() throws Exception {
        source.failure = new IOException("away");
        RulesetSynchronizer target = start();
        source.failure = null;
        source.ruleset = ruleset(3);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(3);
        assertThat(target.sourceStatus()).isEqualTo(SourceStatus.UP);
    }

    @Test
    void whatAnotherNodeReadIsServedWhileTheSourceCannotBeReadHere() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.failure = new IOException("away");
        cache.ruleset = ruleset(7);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(7);
        assertThat(target.sourceStatus()).isEqualTo(new SourceStatus("down", "away"));
    }

    @Test
    void aSourceThatWentBackInTimeIsNotFollowed() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(2);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(6);
        assertThat(target.sourceStatus().state()).isEqualTo("down");
    }

    @Test
    void aPutOfAnotherNodeIsServed() throws Exception {
        start();
        cache.put(ruleset(9));
        current.reached(9).await(10, TimeUnit.SECONDS);
    }

    @Test
    void aCacheThatLostTheRulesetGetsItAgain() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.ruleset = null;
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(cache.ruleset).isEqualTo(ruleset(6));
    }

    @Test
    void anOlderPutArrivingLateIsDropped() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.put(ruleset(5));
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(6);
    }

    private RulesetSynchronizer start() throws Exception {
        RulesetSynchronizer target = new RulesetSynchronizer(
                vertx, current, cache, new SingleNode(), source, directory, Duration.ofHours(1));
        target.start().await(10, TimeUnit.SECONDS);
        return target;
    }

    private static EncodedRuleset ruleset(long revision) {
        return new EncodedRuleset(revision, "{\"revision\":" + revision + "}");
    }

    private static final class FakeSource implements RulesetSource {
        private volatile @Nullable EncodedRuleset ruleset;
        private volatile @Nullable Exception failure;
        private volatile Runnable onChange = () -> {};

        void tell() {
            onChange.run();
        }

        @Override
        public Origin origin() {
            return Origin.POSTGRES;
        }

        @Override
        public Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served) {
            Exception down = failure;
            EncodedRuleset found = ruleset;
            return down != null
                    ? Future.failedFuture(down)
                    : Future.succeededFuture(found == null || found.equals(served) ? null : found);
        }

        @Override
        public Future<Void> watch(Runnable callback) {
            onChange = callback;
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    private static final class FakeCache implements RulesetCache {
        private volatile @Nullable EncodedRuleset ruleset;
        private volatile Consumer<EncodedRuleset> onPut = put -> {};

        void put(EncodedRuleset put) {
            ruleset = put;
            onPut.accept(put);
        }

        @Override
        public Future<Long> revision() {
            EncodedRuleset present = ruleset;
            return Future.succeededFuture(present == null ? -1 : present.revision());
        }

        @Override
        public Future<@Nullable EncodedRuleset> get() {
            return Future.succeededFuture(ruleset);
        }

        @Override
        public Future<Void> putIfNewer(EncodedRuleset put) {
            EncodedRuleset present = ruleset;
            if (present == null || present.revision() < put.revision()) {
                ruleset = put;
            }
            return Future.succeededFuture();
        }

        @Override
        public void onPut(Consumer<EncodedRuleset> callback) {
            onPut = callback;
        }
    }
}
