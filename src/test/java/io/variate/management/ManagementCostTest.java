package io.variate.management;

import static io.variate.management.ManagementNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.management.access.Caller;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ResourceKind;
import io.variate.store.StoredAuditEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints what reads and writes cost with 10,000 flags. */
@Tag("slow")
class ManagementCostTest {
    private static final int FLAGS = 10_000;
    private static final int REPETITIONS = 20;

    @TempDir
    private Path directory;

    @Test
    void manages10000Flags() throws Exception {
        try (EmbeddedPostgresql postgres = EmbeddedPostgresql.start(null, 0);
                ManagementNode node = new ManagementNode(ManagementNode.newDatabase(postgres), directory)) {
            String flags = IntStream.range(0, FLAGS)
                    .mapToObj(i -> "{\"key\":\"f" + i + "\",\"metadata\":{\"flagVersion\":1},\"variants\":"
                            + "{\"on\":{\"key\":\"on\",\"value\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]}")
                    .collect(Collectors.joining(","));
            long start = System.nanoTime();
            await(node.documents.replace("{\"flags\":[" + flags + "]}", true, null));
            print("first reconciliation", System.nanoTime() - start);

            ManagedFlag created =
                    (ManagedFlag) node.create(ManagementNode.flag("managed")).resource();
            long[] edits = new long[REPETITIONS];
            long[] pages = new long[REPETITIONS];
            for (int i = 0; i < REPETITIONS; i++) {
                boolean enabled = i % 2 == 0;
                long before = System.nanoTime();
                node.editFlag(created.id(), flag -> flag.enabled(enabled));
                edits[i] = System.nanoTime() - before;
                before = System.nanoTime();
                Page<Stored> page = await(node.management.list(
                        Caller.admin(), new Listing(Set.of(ResourceKind.FLAG), null, null, false, 100, 100L * i)));
                pages[i] = System.nanoTime() - before;
                assertThat(page.elements()).hasSize(100);
            }
            print("edit, served", median(edits));
            print("page of 100", median(pages));
            assertThat(node.audit().stream()
                            .map(StoredAuditEntry::resource)
                            .distinct()
                            .count())
                    .isEqualTo(FLAGS + 1L);
        }
    }

    private static long median(long[] times) {
        Arrays.sort(times);
        return times[times.length / 2];
    }

    private static void print(String what, long nanos) {
        System.out.printf("%d flags, %s: %.1f ms%n", FLAGS, what, nanos / 1e6);
    }
}
