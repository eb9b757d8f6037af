package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.SingleNode;
import io.variate.rulesets.rows.Digest;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
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
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesetSynchronizerTest {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics);
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
        Await.value("the snapshot has revision 6", () -> new RulesetSnapshot(directory).read(), ruleset(6)::equals);
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
        // The first check may still be in flight; then another one follows it.
        target.check();
        current.reached(7).await(10, TimeUnit.SECONDS);
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
        assertThat(target.sourceStatus())
                .isEqualTo(
                        SourceStatus.diverged(ruleset(6).revision(), ruleset(2).revision()));
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
    void dropsALateDeltaOfAnOlderRuleset() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.put(ruleset(5));
        cache.push(delta(ruleset(4), ruleset(5)));
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

    @Test
    void appliesADeltaToTheRevisionThatItStartsFrom() throws Exception {
        source.ruleset = ruleset(6);
        start();
        cache.push(delta(ruleset(6), ruleset(7)));
        current.reached(7).await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(7));
        assertThat(current.origin()).isEqualTo(Origin.CLUSTER);
    }

    @Test
    void appliesDeltasThatArriveOutOfOrder() throws Exception {
        source.ruleset = ruleset(6);
        start();
        cache.ruleset = ruleset(9);
        cache.push(delta(ruleset(8), ruleset(9)));
        cache.push(delta(ruleset(7), ruleset(8)));
        cache.push(delta(ruleset(6), ruleset(7)));
        current.reached(9).await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(9));
    }

    @Test
    void readsTheCacheIfItMissedADelta() throws Exception {
        source.ruleset = ruleset(6);
        start();
        cache.ruleset = ruleset(9);
        cache.push(delta(ruleset(8), ruleset(9)));
        current.reached(9).await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(9));
        assertThat(refused("history")).isZero();
    }

    @Test
    void rejectsADeltaOfAnotherHistory() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        RulesetRows foreign = RulesetRows.of("other", 6, rows(6));
        cache.push(delta(foreign, RulesetRows.of("other", 7, rows(7))));
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(6));
        assertThat(refused("history")).isEqualTo(1);
    }

    @Test
    void rejectsADeltaWithAnotherResultThanItPromises() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        Revision promised = new Revision("db", 7, new Digest(1, 2));
        cache.push(new RulesetDelta(ruleset(6).revision(), promised, RowChanges.NONE));
        target.check().await(10, TimeUnit.SECONDS);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(6));
        assertThat(refused("digest")).isEqualTo(1);
    }

    @Test
    void ignoresARepeatedDelta() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(8);
        cache.ruleset = ruleset(8);
        for (int i = 0; i < 3; i++) {
            cache.push(delta(ruleset(6), ruleset(7)));
            cache.push(delta(ruleset(7), ruleset(8)));
            cache.push(delta(ruleset(7), ruleset(8)));
        }
        current.reached(8).await(10, TimeUnit.SECONDS);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(8));
        assertThat(metrics.find("variate.ruleset.refused.deltas").counters())
                .allSatisfy(counter -> assertThat(counter.count()).isZero());
    }

    @Test
    void rejectsAnotherRulesetUnderTheServedRevision() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.push(delta(ruleset(6), ruleset(7)));
        current.reached(7).await(10, TimeUnit.SECONDS);
        source.ruleset = ruleset(7);
        cache.push(delta(ruleset(6), RulesetRows.of("db", 7, rows(99))));
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(7));
        assertThat(refused("history")).isEqualTo(1);
    }

    @Test
    void appliesOneOfTwoDeltasThatLeadToTheSameNumber() throws Exception {
        source.ruleset = ruleset(6);
        start();
        RulesetRows other = RulesetRows.of("db", 7, rows(99));
        cache.push(delta(ruleset(6), other));
        cache.push(delta(ruleset(6), ruleset(7)));
        current.reached(7).await(10, TimeUnit.SECONDS);
        Await.until("the other one is rejected", () -> refused("history") == 1);
        assertThat(current.rows()).isIn(ruleset(7), other);
    }

    @Test
    void aRowPrevailsOverATombstoneInTheSameDelta() throws Exception {
        source.ruleset = ruleset(6);
        start();
        Row changed = row("label", "label-7");
        cache.push(new RulesetDelta(
                ruleset(6).revision(),
                ruleset(7).revision(),
                new RowChanges(List.of(changed.key(), new RowKey(RowKind.FLAG, "", "unknown")), List.of(changed))));
        current.reached(7).await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(7));
    }

    @Test
    void rejectsATombstoneOfARowThatStillExists() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        cache.push(new RulesetDelta(
                ruleset(6).revision(),
                ruleset(7).revision(),
                new RowChanges(List.of(row("fixed", "").key()), List.of(row("label", "label-7")))));
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(6));
        assertThat(refused("digest")).isEqualTo(1);
    }

    @Test
    void readsEverythingIfATombstoneOfTheSourceContradictsARow() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(7);
        source.tombstones = List.of(row("fixed", "").key());
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(ruleset(7));
        assertThat(cache.published).containsExactly(delta(ruleset(6), ruleset(7)));
        assertThat(target.sourceStatus()).isEqualTo(SourceStatus.UP);
        assertThat(refused("digest")).isEqualTo(1);
    }

    @Test
    void aFailedPutIsRetriedAndDoesNotCountAsAFailureOfTheSource() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(7);
        cache.failingPuts.set(1);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(target.sourceStatus()).isEqualTo(SourceStatus.UP);
        assertThat(cache.ruleset).isEqualTo(ruleset(7));
    }

    @Test
    void aSnapshotOfAnotherDatabaseDoesNotReplaceTheRulesetOfTheCluster() throws Exception {
        RulesetRows foreign = RulesetRows.of("other", 100, rows(100));
        new RulesetSnapshot(directory).write(foreign);
        source.failure = new IOException("unavailable");
        cache.ruleset = ruleset(3);
        cache.failingReads.set(2);
        start();
        assertThat(current.rows()).isEqualTo(foreign);
        assertThat(current.origin()).isEqualTo(Origin.SNAPSHOT);
        assertThat(cache.ruleset).isEqualTo(ruleset(3));
        assertThat(refused("history")).isEqualTo(1);
    }

    @Test
    void aNewerSnapshotOfTheSameDatabaseReplacesTheRulesetOfTheCluster() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(100));
        source.failure = new IOException("unavailable");
        cache.ruleset = ruleset(3);
        cache.failingReads.set(2);
        start();
        assertThat(current.rows()).isEqualTo(ruleset(100));
        assertThat(cache.ruleset).isEqualTo(ruleset(100));
    }

    /** The leader already serves the cached ruleset, so only this node knows that they differ. */
    @Test
    void aFollowerTakesTheCachedRulesetAfterASplitInWhichTwoFilesGotOneRevision() throws Exception {
        cache.ruleset = RulesetRows.of(FileRulesetSource.HISTORY, 7, rows(1));
        new RulesetSynchronizer(vertx, current, cache, new SingleNode(), null, directory, Duration.ofHours(1), metrics)
                .start()
                .await(10, TimeUnit.SECONDS);
        cache.put(RulesetRows.of(FileRulesetSource.HISTORY, 7, rows(2)));
        current.reached(8).await(10, TimeUnit.SECONDS);
        RulesetRows settled = RulesetRows.of(FileRulesetSource.HISTORY, 8, rows(2));
        assertThat(current.rows()).isEqualTo(settled);
        Await.until("all nodes can read it", () -> settled.equals(cache.ruleset));
        assertThat(refused("history")).isEqualTo(1);
    }

    @Test
    void theFileOfTheLeaderPrevailsAfterASplitInWhichTwoFilesGotOneRevision() throws Exception {
        Path file = Files.writeString(directory.resolve("ruleset.json"), "{\"revision\":7,\"cohorts\":[]}");
        RulesetSynchronizer target = new RulesetSynchronizer(
                vertx,
                current,
                cache,
                new SingleNode(),
                new FileRulesetSource(vertx, file),
                directory,
                Duration.ofHours(1),
                metrics);
        target.start().await(10, TimeUnit.SECONDS);
        cache.put(RulesetRows.of(FileRulesetSource.HISTORY, 7, rows(2)));
        current.reached(9).await(10, TimeUnit.SECONDS);
        RulesetRows settled = RulesetRows.of(FileRulesetSource.HISTORY, 9, RowSet.EMPTY);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(settled);
        assertThat(cache.ruleset).isEqualTo(settled);
    }

    @Test
    void savesTheLastRulesetBeforeItStops() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        for (int number = 6; number < 200; number++) {
            cache.push(delta(ruleset(number), ruleset(number + 1)));
        }
        current.reached(200).await(10, TimeUnit.SECONDS);
        target.stop().await(10, TimeUnit.SECONDS);
        assertThat(new RulesetSnapshot(directory).read()).isEqualTo(ruleset(200));
    }

    @Test
    void publishesTheChangesThatTheSourceReports() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(7);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(cache.published).containsExactly(delta(ruleset(6), ruleset(7)));
    }

    @Test
    void keepsUnchangedRowsOfASourceThatReportsWholeRulesets() throws Exception {
        source.ruleset = ruleset(6);
        source.reportsDeltas = false;
        RulesetSynchronizer target = start();
        Row before = unchangedRow();
        source.ruleset = ruleset(7);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.revision()).isEqualTo(7);
        assertThat(unchangedRow()).isSameAs(before);
        assertThat(cache.published).containsExactly(delta(ruleset(6), ruleset(7)));
    }

    @Test
    void servesTheSnapshotWhenTheSourceIsBehindIt() throws Exception {
        new RulesetSnapshot(directory).write(ruleset(4));
        source.ruleset = ruleset(3);
        RulesetSynchronizer target = start();
        assertThat(current.rows()).isEqualTo(ruleset(4));
        assertThat(current.origin()).isEqualTo(Origin.SNAPSHOT);
        assertThat(target.sourceStatus().isDiverged()).isTrue();
        assertThat(target.sourceStatus().reason()).startsWith("history_diverged");
    }

    @Test
    void servesTheRulesetOfARecoveredSource() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(2);
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(target.sourceStatus().isDiverged()).isTrue();
        source.ruleset = RulesetRows.of("db", 7, rows(2));
        target.check().await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(RulesetRows.of("db", 7, rows(2)));
        assertThat(target.sourceStatus()).isEqualTo(SourceStatus.UP);
    }

    @Test
    void logsADivergedSourceOnceAndDoesNotConfirmItsRuleset() throws Exception {
        source.ruleset = ruleset(6);
        RulesetSynchronizer target = start();
        source.ruleset = ruleset(2);
        try (LogLines lines = new LogLines(RulesetSynchronizer.class)) {
            target.check().await(10, TimeUnit.SECONDS);
            Duration age = current.age();
            target.check().await(10, TimeUnit.SECONDS);
            assertThat(current.age()).isGreaterThanOrEqualTo(age);
            assertThat(lines.all()).filteredOn(line -> line.startsWith("ERROR")).hasSize(1);
        }
    }

    @Test
    void replacesASnapshotOfUnknownHistoryByTheSameRevisionOfTheSource() throws Exception {
        new RulesetSnapshot(directory).write(RulesetRows.of(Revision.UNKNOWN_HISTORY, 4, rows(4)));
        source.ruleset = ruleset(4);
        RulesetSynchronizer target = start();
        assertThat(current.rows()).isEqualTo(ruleset(4));
        assertThat(target.sourceStatus()).isEqualTo(SourceStatus.UP);
    }

    @Test
    void continuesTheRevisionsOfAFileAfterARestart() throws Exception {
        Path file = Files.writeString(directory.resolve("ruleset.json"), "{\"revision\":7,\"cohorts\":[]}");
        new RulesetSnapshot(directory).write(RulesetRows.of(FileRulesetSource.HISTORY, 9, rows(9)));
        new RulesetSynchronizer(
                        vertx,
                        current,
                        cache,
                        new SingleNode(),
                        new FileRulesetSource(vertx, file),
                        directory,
                        Duration.ofHours(1),
                        metrics)
                .start()
                .await(10, TimeUnit.SECONDS);
        assertThat(current.rows()).isEqualTo(RulesetRows.of(FileRulesetSource.HISTORY, 10, RowSet.EMPTY));
    }

    private Row unchangedRow() {
        return Objects.requireNonNull(current.rows()).rows().all().get(0);
    }

    private double refused(String reason) {
        return metrics.counter("variate.ruleset.refused.deltas", "reason", reason)
                .count();
    }

    private RulesetSynchronizer start() throws Exception {
        RulesetSynchronizer target = new RulesetSynchronizer(
                vertx, current, cache, new SingleNode(), source, directory, Duration.ofHours(1), metrics);
        target.start().await(10, TimeUnit.SECONDS);
        return target;
    }

    private static RulesetRows ruleset(long revision) {
        return RulesetRows.of("db", revision, rows(revision));
    }

    /** One row that all revisions have, and one that differs. */
    private static RowSet rows(long revision) {
        return RowSet.of(List.of(row("fixed", "fixed"), row("label", "label-" + revision)));
    }

    private static Row row(String key, String label) {
        String definition =
                "{\"key\":\"" + key + "\",\"label\":\"" + label + "\",\"type\":\"client\",\"flags\":[\"*\"]}";
        return new Row(new RowKey(RowKind.DEPLOYMENT, "", key), key.hashCode(), definition);
    }

    private static RulesetDelta delta(RulesetRows from, RulesetRows to) {
        return new RulesetDelta(from.revision(), to.revision(), from.rows().changesTo(to.rows()));
    }

    private static final class FakeSource implements RulesetSource {
        private volatile @Nullable RulesetRows ruleset;
        private volatile @Nullable Exception failure;
        private volatile Future<Void> connected = Future.succeededFuture();
        private volatile Runnable onChange = () -> {};
        private volatile boolean reportsDeltas = true;
        private volatile List<RowKey> tombstones = List.of();

        void notifyOfChange() {
            onChange.run();
        }

        @Override
        public Origin origin() {
            return Origin.POSTGRES;
        }

        @Override
        public Future<RulesetReading> readSince(@Nullable RulesetRows served) {
            return connected.compose(answers -> {
                Exception down = failure;
                return down != null ? Future.failedFuture(down) : Future.succeededFuture(reading(served));
            });
        }

        private RulesetReading reading(@Nullable RulesetRows served) {
            RulesetRows found = ruleset;
            if (found == null || (served != null && found.revision().equals(served.revision()))) {
                return new RulesetReading.Unchanged();
            }
            if (served == null || served.revision().history().isEmpty() || !reportsDeltas) {
                return new RulesetReading.Whole(found);
            }
            if (!found.revision().replaces(served.revision())) {
                return new RulesetReading.Diverged(found.revision());
            }
            RulesetDelta delta = delta(served, found);
            return new RulesetReading.Changed(
                    tombstones.isEmpty()
                            ? delta
                            : new RulesetDelta(
                                    delta.from(),
                                    delta.to(),
                                    new RowChanges(tombstones, delta.changes().changed())));
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
        private final List<RulesetDelta> published = new ArrayList<>();
        private volatile @Nullable RulesetRows ruleset;
        private volatile Consumer<RulesetDelta> onDelta = delta -> {};
        private volatile Runnable onHead = () -> {};
        private final AtomicInteger failingReads = new AtomicInteger();
        private final AtomicInteger failingPuts = new AtomicInteger();

        void put(RulesetRows put) {
            ruleset = put;
            onHead.run();
        }

        void push(RulesetDelta delta) {
            onDelta.accept(delta);
        }

        @Override
        public Future<@Nullable Revision> head() {
            if (failingReads.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Future.failedFuture("unavailable");
            }
            RulesetRows present = ruleset;
            return Future.succeededFuture(present == null ? null : present.revision());
        }

        @Override
        public Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served) {
            RulesetRows present = ruleset;
            return Future.succeededFuture(
                    present != null && present.revision().replaces(served == null ? null : served.revision())
                            ? present
                            : null);
        }

        @Override
        public Future<Void> publish(RulesetDelta delta, RulesetRows after) {
            published.add(delta);
            if (failingPuts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Future.failedFuture("another node has locked the flag cache");
            }
            return publishWhole(after);
        }

        @Override
        public Future<Void> publishWhole(RulesetRows put) {
            RulesetRows present = ruleset;
            if (put.revision().replaces(present == null ? null : present.revision())) {
                ruleset = put;
            }
            return Future.succeededFuture();
        }

        @Override
        public void subscribe(Consumer<RulesetDelta> deltas, Runnable heads) {
            onDelta = deltas;
            onHead = heads;
        }
    }
}
