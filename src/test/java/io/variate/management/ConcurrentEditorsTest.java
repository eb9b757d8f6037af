package io.variate.management;

import static io.variate.management.ManagementNode.ALL;
import static io.variate.management.ManagementNode.await;
import static io.variate.management.ManagementNode.flag;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.management.access.Caller;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.Resource;
import io.variate.store.StoredAuditEntry;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes write to one database at the same time. */
@Tag("slow")
class ConcurrentEditorsTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final int FLAGS = 5;
    private static final int WRITES = 1_000;
    private static final int CONCURRENT = 8;

    @TempDir
    private Path directory;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    /** Each write adds a tag of its own, by which it is found again. */
    @Test
    void noUpdateIsLost() throws Exception {
        String uri = ManagementNode.newDatabase(POSTGRES);
        try (ManagementNode one = new ManagementNode(uri, directory.resolve("one"));
                ManagementNode other = new ManagementNode(uri, directory.resolve("other"))) {
            List<Long> ids = new ArrayList<>();
            for (int i = 0; i < FLAGS; i++) {
                ids.add(one.create(flag("f" + i)).resource().id());
            }
            Random random = new Random(4);
            Map<Long, Set<String>> accepted = new HashMap<>();
            int conflicts = 0;
            for (int done = 0; done < WRITES; done += CONCURRENT) {
                List<Attempt> attempts = new ArrayList<>();
                for (int i = 0; i < CONCURRENT; i++) {
                    ManagementNode node = random.nextBoolean() ? one : other;
                    attempts.add(attempt(node, ids.get(random.nextInt(FLAGS)), "t" + (done + i), random));
                }
                for (Attempt attempt : attempts) {
                    try {
                        await(attempt.outcome);
                        accepted.computeIfAbsent(attempt.id, absent -> new TreeSet<>())
                                .add(attempt.tag);
                    } catch (VersionConflictException e) {
                        conflicts++;
                    }
                }
            }
            assertThat(conflicts).isPositive();
            requireConsistent(one, ids, accepted);
        }
    }

    private record Attempt(long id, String tag, Future<Outcome> outcome) {}

    /** Edits the current version, or the one that the editor has read, which another one may have replaced since. */
    private static Attempt attempt(ManagementNode node, long id, String tag, Random random) {
        boolean isCareful = random.nextBoolean();
        boolean isVisible = random.nextBoolean();
        Future<Long> base = isCareful
                ? node.management.get(Caller.admin(), ALL, id).map(Stored::version)
                : Future.succeededFuture();
        Future<Outcome> outcome = base.compose(version -> node.management.write(
                WriteContext.of(Caller.admin(), "test", tag),
                List.of(new Write.Edit(ALL, id, version, resource -> tagged(resource, tag, isVisible)))));
        return new Attempt(id, tag, outcome);
    }

    private static Resource tagged(Resource resource, String tag, boolean isVisible) {
        ManagedFlag flag = (ManagedFlag) resource;
        List<String> tags = new ArrayList<>(flag.tags());
        tags.add(tag);
        // At most 100 tags fit, and the description keeps all.
        if (tags.size() > 50) {
            tags.remove(0);
        }
        return flag.edit()
                .description(flag.description() + " " + tag)
                .tags(tags)
                .enabled(isVisible != flag.enabled())
                .build();
    }

    private static void requireConsistent(ManagementNode node, List<Long> ids, Map<Long, Set<String>> accepted)
            throws Exception {
        List<StoredAuditEntry> audit = node.audit();
        for (long id : ids) {
            Stored stored = node.get(id);
            String description = ((ManagedFlag) stored.resource()).description().strip();
            assertThat(description.split(" ")).containsExactlyInAnyOrderElementsOf(accepted.get(id));
            List<Version> versions = node.versions(id);
            assertThat(versions)
                    .extracting(Version::version)
                    .containsExactlyElementsOf(LongStream.iterate(stored.version(), n -> n > 0, n -> n - 1)
                            .boxed()
                            .toList());
            assertThat(audit.stream()
                            .filter(entry -> entry.resource() == id)
                            .map(StoredAuditEntry::version)
                            .toList())
                    .containsExactlyElementsOf(
                            versions.stream().map(Version::version).toList());
            assertThat(audit.stream()
                            .filter(entry ->
                                    entry.resource() == id && entry.action().equals("edit"))
                            .map(StoredAuditEntry::requestId)
                            .toList())
                    .containsExactlyInAnyOrderElementsOf(accepted.get(id));
            assertThat(versions.get(0).compiled())
                    .isEqualTo(node.flagRow("", stored.resource().key()));
        }
        List<Long> revisions = audit.stream()
                .map(StoredAuditEntry::revision)
                .filter(revision -> revision != null)
                .toList();
        assertThat(revisions).hasSize(new HashSet<>(revisions).size());
        assertThat(node.current.revision()).isEqualTo(revisions.get(0));
    }
}
