package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.SingleNode;
import io.variate.cohorts.UploadedCohorts;
import io.variate.json.Problem;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetReading;
import io.variate.rulesets.rows.RulesetRows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesetEditorTest {
    private static final String FLAG = "{\"key\":\"f\",\"variants\":{},\"segments\":[]}";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final CurrentRuleset current =
            new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
    private final MemorySource source = new MemorySource();
    private final HeadCache cache = new HeadCache();
    private @Nullable RulesetEditor editor;

    @BeforeEach
    void start() throws Exception {
        RulesetSynchronizer synchronizer = new RulesetSynchronizer(
                vertx,
                current,
                cache,
                new SingleNode(),
                source,
                directory,
                Duration.ofHours(1),
                new SimpleMeterRegistry());
        await(synchronizer.start());
        editor = new RulesetEditor(
                vertx,
                current,
                source::change,
                synchronizer,
                "settings-key",
                new UploadedCohorts(new SimpleMeterRegistry()));
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void servesADocumentThatItHasStored() throws Exception {
        RulesetEditor.Replacement replaced = await(editor().replace("{\"flags\":[" + FLAG + "]}", false, null));

        assertThat(replaced).isEqualTo(new RulesetEditor.Replacement(source.ruleset.revision(), List.of()));
        assertThat(current.revision()).isEqualTo(1);
    }

    @Test
    void refusesAChangeWhileTheNodeIsBehindItsCluster() throws Exception {
        await(editor().replace("{\"flags\":[" + FLAG + "]}", false, null));
        cache.head = Future.succeededFuture(
                new Revision("history", 9, source.ruleset.revision().digest()));

        assertThatThrownBy(() -> await(editor().removeFlag("", "f", false, null)))
                .isInstanceOf(RevisionNotReachedException.class);
        assertThat(source.ruleset.revision().number()).isEqualTo(1);
    }

    @Test
    void changesTheRulesetWhileTheCacheCannotBeRead() throws Exception {
        cache.head = Future.failedFuture("unavailable");

        await(editor().replace("{\"flags\":[" + FLAG + "]}", false, null));

        assertThat(current.revision()).isEqualTo(1);
    }

    @Test
    void writesOnlyWhatHasChanged() throws Exception {
        await(editor().replace("{\"flags\":[" + FLAG + "]}", false, null));
        RowSet before = source.ruleset.rows();

        await(editor().replaceFlag("", "g", FLAG.replace("\"f\"", "\"g\""), 1L));
        assertThat(before.changesTo(source.ruleset.rows()).size()).isEqualTo(1);
        await(editor().replaceProject("p", "{\"flags\":[" + FLAG + "]}", false, 2L));
        await(editor().removeFlag("p", "f", false, 3L));
        await(editor().removeProject("p", false, 4L));
        await(editor().removeFlag("", "g", false, 5L));

        assertThat(source.ruleset.rows()).isEqualTo(before);
        assertThat(current.revision()).isEqualTo(6);
    }

    @Test
    void storesNothingWithoutPermission() throws Exception {
        await(editor().replace("{\"flags\":[" + FLAG + "]}", false, null));
        List<RowSet> checked = new ArrayList<>();
        RulesetEditor refusing = editor().requiring(rows -> {
            checked.add(rows);
            throw new IllegalStateException("refused");
        });

        assertThatThrownBy(() -> await(refusing.removeFlag("", "f", true, null)))
                .hasMessageContaining("refused");
        assertThat(checked).containsExactly(source.ruleset.rows());
        assertThat(source.ruleset.revision().number()).isEqualTo(1);
    }

    @Test
    void storesNothingThatHasErrors() {
        assertThatThrownBy(() -> await(editor().replace("{\"flags\":[{}]}", false, null)))
                .isInstanceOf(InvalidRulesetException.class);
        assertThatThrownBy(() -> await(editor().removeFlag("", "f", false, null)))
                .isInstanceOf(UnknownElementException.class);
        assertThat(source.ruleset.revision().number()).isZero();
    }

    @Test
    void servesTheFlagsThatTheCheckHasRead() throws Exception {
        String document = "{\"deployments\":[{\"key\":\"k\",\"type\":\"server\",\"flags\":[\"*\"]}],\"flags\":[" + FLAG
                + "," + FLAG.replace("\"f\"", "\"g\"") + "]}";
        await(editor().replace(document, false, null));
        CompiledProject before = compiled();

        await(editor().replace(document.replace("\"g\",", "\"g\",\"x\":1,"), false, null));
        CompiledProject after = compiled();
        assertThat(after.known().find("f", FLAG)).isSameAs(before.known().find("f", FLAG));
        assertThat(after.allFlags()).isNotSameAs(before.allFlags());

        await(editor().replace(document.replace("\"g\",", "\"g\",\"x\":1,"), false, null));
        assertThat(compiled()).isSameAs(after);
    }

    private CompiledProject compiled() {
        return Objects.requireNonNull(
                Objects.requireNonNull(current.get()).compiled().get(""));
    }

    @Test
    void rejectsTheApiKeyOfTheSettingsInANamedProject() {
        String reason =
                "is the same as project.api-key in the settings of this node, the API key of the project without a name";
        String project = "{\"apiKey\":\"settings-key\",\"secretKey\":\"s\"}";
        assertThatThrownBy(() -> await(editor().replace("{\"projects\":{\"p\":" + project + "}}", false, null)))
                .isInstanceOf(InvalidRulesetException.class)
                .hasMessage("projects.p.apiKey: " + reason);
        assertThatThrownBy(() -> await(editor().replaceProject("p", project, false, null)))
                .isInstanceOf(InvalidRulesetException.class)
                .hasMessage("projects.p.apiKey: " + reason);
        assertThatThrownBy(() -> await(editor().replaceProject(
                                "p",
                                "{\"deployments\":[{\"key\":\"settings-key\",\"type\":\"server\",\"flags\":[]}]}",
                                false,
                                null)))
                .isInstanceOf(InvalidRulesetException.class)
                .hasMessage("projects.p.deployments[0].key: " + reason);
        assertThat(source.ruleset.revision().number()).isZero();
    }

    @Test
    void warnsOfAnUnchangedVersion() throws Exception {
        String flag =
                "{\"flags\":[{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[],\"metadata\":{\"flagVersion\":1}}]}";
        await(editor().replace(flag, false, null));
        assertThat(await(editor().replace(flag.replace("[]", "[{\"variant\":\"on\"}]"), false, null))
                        .warnings())
                .extracting(Problem::path)
                .containsExactly("flags.f.metadata.flagVersion");
    }

    private RulesetEditor editor() {
        return Objects.requireNonNull(editor);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    /** A database without a network. */
    private final class MemorySource implements RulesetSource {
        private volatile RulesetRows ruleset = RulesetRows.of("h", 0, RowSet.EMPTY);

        Future<RulesetDelta> change(WriteOrigin origin, @Nullable Long expected, Function<RowSet, RowSet> edit) {
            return vertx.executeBlocking(() -> {
                RulesetRows before = ruleset;
                assertThat(expected).isIn(null, before.revision().number());
                ruleset = RulesetRows.of("h", before.revision().number() + 1, edit.apply(before.rows()));
                return new RulesetDelta(
                        before.revision(), ruleset.revision(), before.rows().changesTo(ruleset.rows()));
            });
        }

        @Override
        public Origin origin() {
            return Origin.POSTGRES;
        }

        @Override
        public Future<RulesetReading> readSince(@Nullable RulesetRows served) {
            RulesetRows now = ruleset;
            return Future.succeededFuture(
                    served != null && served.revision().equals(now.revision())
                            ? new RulesetReading.Unchanged()
                            : new RulesetReading.Whole(now));
        }

        @Override
        public void watch(Runnable onChange) {
            // The editor requests a check after each change.
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    /** A cache with a head only. */
    private static final class HeadCache implements RulesetCache {
        private volatile Future<@Nullable Revision> head = Future.succeededFuture();

        @Override
        public Future<@Nullable Revision> head() {
            return head;
        }

        @Override
        public Future<@Nullable RulesetRows> newest(@Nullable RulesetRows served) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> publish(RulesetDelta delta, RulesetRows after) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> publishWhole(RulesetRows ruleset) {
            return Future.succeededFuture();
        }

        @Override
        public void subscribe(Consumer<RulesetDelta> onDelta, Runnable onHead) {
            // It never changes.
        }
    }
}
