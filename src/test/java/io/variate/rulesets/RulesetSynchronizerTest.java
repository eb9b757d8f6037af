package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.SingleNode;
import io.variate.rulesets.document.EncodedRuleset;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
    void startsWithTheRulesetOfTheCluster() throws Exception {
        cache.ruleset = ruleset(5);
        source.failure = new IOException("unavailable");
        start();
        assertThat(current.revision()).isEqualTo(5);
        assertThat(current.origin()).isEqualTo(Origin.CLUSTER);
    }

    @Test
    void aStartingLeaderPutsTheRulesetOfTheSourceIntoTheCache() throws Exception {
        source.ruleset = ruleset(6);
        start();
        assertThat(current.origin()).isEqualTo(Origin.POSTGRES);
        assertThat(cache.ruleset).isEqualTo(ruleset(6));
    }

    @Test
    void startsFromItsSnapshotWhileEverythingElseIsDown() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(4));
        source.failure = new IOException("unavailable");
        RulesetSynchronizer target = start();
        assertThat(current.revision()).isEqualTo(4);
        assertThat(current.origin()).isEqualTo(Origin.SNAPSHOT);
        assertThat(target.sourceStatus()).isEqualTo(new SourceStatus("down", "unavailable"));
    }

    @Test
    void startsFromItsSnapshotWhileTheSourceHangs() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(4));
        Promise<Void> response = Promise.promise();
        source.connected = response.future();
        start();
        assertThat(current.revision()).isEqualTo(4);
        assertThat(current.origin()).isEqualTo(Origin.SNAPSHOT);

        source.ruleset = ruleset(6);
        response.complete();
        current.reached(6).await(10, TimeUnit.SECONDS);
        assertThat(current.origin()).isEqualTo(Origin.POSTGRES);
    }

    @Test
    void waitsForASlowSourceWithoutASnapshot() throws Exception {
        Promise<Void> response = Promise.promise();
        source.connected = response.future();
        source.ruleset = ruleset(6);
        vertx.setTimer(1_000, over -> response.complete());
        start();
        assertThat(current.revision()).isEqualTo(6);
    }

    @Test
    void ignoresATruncatedSnapshot() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(4));
        Path file = directory.resolve("ruleset.snapshot");
        byte[] whole = Files.readAllBytes(file);
        source.failure = new IOException("unavailable");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            start();
            assertThat(current.get()).as("cut after %d bytes", length).isNull();
        }
    }

    @Test
    void reportsTheSourceAsOriginOnceItConfirmsTheSnapshot() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(4));
        source.failure = new IOException("unavailable");
        RulesetSynchronizer target = start();
        source.failure = null;
        source.ruleset = ruleset(4);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.origin()).isEqualTo(Origin.POSTGRES);
    }

    @Test
    void aWaitFailsIfTheRevisionIsNotServedInTime() {
        assertThatThrownBy(() -> current.reached(9, Duration.ofMillis(20)).await(10, TimeUnit.SECONDS))
                .isInstanceOf(RevisionNotReachedException.class)
                .hasMessageContaining("revision 9 was requested");
    }

    @Test
    void aRevisionCompletesAllWaitsOnAnyContext() throws Exception {
        source.ruleset = ruleset(6);
        start();
        List<Future<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Promise<Void> reached = Promise.promise();
            vertx.getOrCreateContext().runOnContext(run -> current.reached(7, Duration.ofSeconds(10))
                    .onComplete(reached));
            waiting.add(reached.future());
        }
        source.ruleset = ruleset(7);
        source.notifyOfChange();
        Future.all(waiting).await(5, TimeUnit.SECONDS);
    }

    @Test
    void listenersMayWaitForARevisionFromAnotherThread() throws Exception {
        CountDownLatch notified = new CountDownLatch(1);
        current.onChange(ruleset -> {
            // On another thread, because locks are reentrant.
            CompletableFuture.runAsync(() -> current.reached(1)).join();
            notified.countDown();
        });
        source.ruleset = ruleset(6);
        start();
        assertThat(notified.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void startsWithoutARulesetIfThereIsNone() throws Exception {
        source.failure = new IOException("unavailable");
        start();
        assertThat(current.get()).isNull();
    }

    @Test
    void writesTheServedRulesetToTheSnapshot() throws Exception {
        source.ruleset = ruleset(6);
        start();
        assertThat(new RulesetSnapshot(directory).read()).isEqualTo(ruleset(6));
    }

    @Test
    void servesTheNewRulesetAfterANotification() throws Exception {
        source.ruleset = ruleset(6);
        start();
        source.ruleset = ruleset(7);
        source.notifyOfChange();
        current.reached(7).await(10, TimeUnit.SECONDS);
    }

    @Test
    void theNextCheckFindsAChangeWithoutANotification() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(7);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(7);
    }

    @Test
    void readsASourceAgainThatRecovers() throws Exception {
        source.failure = new IOException("unavailable");
        RulesetSynchronizer target = start();
        source.failure = null;
        source.ruleset = ruleset(3);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(3);
        assertThat(target.sourceStatus()).isEqualTo(SourceStatus.UP);
    }

    @Test
    void servesTheRulesetOfAnotherNodeWhileItsSourceIsDown() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.failure = new IOException("unavailable");
        cache.ruleset = ruleset(7);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(7);
        assertThat(target.sourceStatus()).isEqualTo(new SourceStatus("down", "unavailable"));
    }

    @Test
    void keepsItsRulesetWhenTheSourceHasALowerRevision() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(2);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(6);
        assertThat(target.sourceStatus().state()).isEqualTo("down");
    }

    @Test
    void servesAPutOfAnotherNode() throws Exception {
        start();
        cache.put(ruleset(9));
        current.reached(9).await(10, TimeUnit.SECONDS);
    }

    @Test
    void refillsACacheThatLostTheRuleset() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.ruleset = null;
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(cache.ruleset).isEqualTo(ruleset(6));
    }

    @Test
    void dropsALatePutOfAnOlderRuleset() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.put(ruleset(5));
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(6);
    }

    @Test
    void aStoppedNodeIgnoresPuts() throws Exception {
        cache.ruleset = ruleset(5);
        RulesetSynchronizer target = start();
        target.stop().await(10, TimeUnit.SECONDS);

        cache.put(ruleset(6));

        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(5);
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
        private volatile Future<Void> connected = Future.succeededFuture();
        private volatile Runnable onChange = () -> {};

        void notifyOfChange() {
            onChange.run();
        }

        @Override
        public Origin origin() {
            return Origin.POSTGRES;
        }

        @Override
        public Future<@Nullable EncodedRuleset> loadUnless(@Nullable EncodedRuleset served) {
            return connected.compose(answers -> {
                Exception down = failure;
                EncodedRuleset found = ruleset;
                return down != null
                        ? Future.failedFuture(down)
                        : Future.succeededFuture(found == null || found.equals(served) ? null : found);
            });
        }

        @Override
        public void watch(Runnable callback) {
            onChange = callback;
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
