package io.variate.management;

import static io.variate.management.ManagementNode.await;
import static io.variate.management.ManagementNode.flag;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.management.access.Caller;
import io.variate.management.model.ResourceKind;
import io.variate.store.StoredAnswer;
import io.variate.store.StoredAuditEntry;
import io.variate.testing.Await;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL is killed in the middle of writes. */
@Tag("slow")
class DatabaseOutageTest {
    private static final int WRITES = 40;
    private static final int KILLED_AFTER = 10;

    @TempDir
    private Path directory;

    @Test
    void aRetryWithTheSameKeyGetsTheFirstAnswer() throws Exception {
        Path data = directory.resolve("postgresql");
        try (EmbeddedPostgresql postgres = EmbeddedPostgresql.start(data, 0);
                ManagementNode node = new ManagementNode(postgres.uri(), directory.resolve("node"))) {
            List<Future<Outcome>> first = new ArrayList<>();
            for (int i = 0; i < WRITES; i++) {
                first.add(write(node, i));
            }
            Await.until("some writes are over", () -> first.get(KILLED_AFTER).isComplete());
            postgres.kill();
            postgres.restart();
            Await.until("all writes are over", () -> first.stream().allMatch(Future::isComplete));
            for (int i = 0; i < WRITES; i++) {
                Outcome repeated = retry(node, i);
                StoredAnswer answer = repeated.earlier();
                if (first.get(i).succeeded()) {
                    assertThat(answer).isEqualTo(rendered(first.get(i).result()));
                }
            }
            requireOneFlagForEachWrite(node);
        }
    }

    private static Future<Outcome> write(ManagementNode node, int i) {
        Idempotency idempotency = new Idempotency("k" + i, "f", DatabaseOutageTest::rendered);
        return node.management.write(
                new WriteContext(Caller.admin(), "test", null, "r" + i, idempotency, false, false),
                List.of(new Write.Create(flag("a" + i)), new Write.Create(flag("b" + i))));
    }

    private static StoredAnswer rendered(Outcome outcome) {
        return new StoredAnswer(
                200,
                null,
                outcome.revision(),
                List.of(),
                outcome.resources().stream()
                        .map(stored -> String.valueOf(stored.resource().id()))
                        .collect(Collectors.joining(",")));
    }

    /** The pool may still hold broken connections. */
    private static Outcome retry(ManagementNode node, int i) {
        AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
        Await.until("write " + i + " succeeds", () -> {
            try {
                outcome.set(await(write(node, i)));
                return true;
            } catch (RejectedWriteException e) {
                throw e;
            } catch (RuntimeException e) {
                return false;
            }
        });
        return Objects.requireNonNull(outcome.get());
    }

    private static void requireOneFlagForEachWrite(ManagementNode node) throws Exception {
        Set<String> expected = new TreeSet<>();
        IntStream.range(0, WRITES).forEach(i -> {
            expected.add("a" + i);
            expected.add("b" + i);
        });
        Page<Stored> all = await(node.management.list(
                Caller.admin(), new Listing(Set.of(ResourceKind.FLAG), null, null, true, 1000, 0)));
        assertThat(all.elements())
                .extracting(stored -> stored.resource().key())
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(node.audit()).extracting(StoredAuditEntry::label).containsExactlyInAnyOrderElementsOf(expected);
        Await.until("all flags are served", () -> {
            node.synchronizer.check();
            return expected.stream().allMatch(key -> node.flagRow("", key) != null);
        });
    }
}
