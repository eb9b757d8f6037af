package io.variate.management;

import static io.variate.management.ManagementNode.ALL;
import static io.variate.management.ManagementNode.await;
import static io.variate.management.ManagementNode.flag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.management.access.Caller;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.rulesets.WriteOrigin;
import io.variate.store.HistoryDivergedException;
import io.variate.store.StoredAuditEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReconciliationTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final WriteOrigin DOCUMENT = new WriteOrigin("deployer", "ruleset", "a release", "r9");

    @TempDir
    private Path directory;

    private String uri = "";

    @SuppressWarnings("NullAway.Init")
    private ManagementNode node;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        uri = ManagementNode.newDatabase(POSTGRES);
        node = new ManagementNode(uri, directory);
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void aRowWrittenWithSqlGetsARawResource() throws Exception {
        sql("insert into variate.ruleset_row (kind, key, position, definition, revision)" + " values ('flag', 'a', 1, '"
                + raw("a", 1) + "', 0)");

        Stored stored = Objects.requireNonNull(list().get("a"));

        assertThat(((RawFlag) stored.resource()).definition()).isEqualTo(raw("a", 1));
        assertThat(stored.createdBy()).isEqualTo("unknown");
        Version version = node.versions(stored.resource().id()).get(0);
        assertThat(version.door()).isEqualTo("database");
        assertThat(version.revision()).isEqualTo(1);
    }

    @Test
    void aWriteOfManyRowsUpdatesTheStatisticsOfThePlanner() throws Exception {
        String flags = IntStream.range(0, 1_000).mapToObj(i -> raw("f" + i, 1)).collect(Collectors.joining(","));

        await(node.documents.replace("{\"flags\":[" + flags + "]}", true, null));

        assertThat(ManagementNode.selectNumber(
                        POSTGRES, uri, "select reltuples from pg_class where oid = 'variate.resource'::regclass"))
                .as("the flags and the project without a name")
                .isEqualTo(1_001);
    }

    @Test
    void aPreviousReleaseReplacesTheRulesetThroughItsViews() throws Exception {
        long id = node.create(flag("a")).resource().id();
        node.create(flag("gone"));

        sql("delete from variate.flag; delete from variate.deployment;"
                + "insert into variate.flag (key, position, definition) values ('a', 1, '" + raw("a", 7) + "'),"
                + " ('b', 2, '" + raw("b", 1) + "');"
                + "insert into variate.deployment (key, position, definition) values ('k', 1,"
                + " '{\"key\":\"k\",\"label\":\"web\",\"type\":\"server\",\"flags\":[\"a\",\"b\"]}')");

        Map<String, Stored> found = list();
        assertThat(found).containsOnlyKeys("a", "b");
        assertThat(Objects.requireNonNull(found.get("a")).resource()).isInstanceOf(RawFlag.class);
        assertThat(Objects.requireNonNull(found.get("a")).resource().id()).isEqualTo(id);
        long deployment =
                Objects.requireNonNull(deployments().get("web")).resource().id();
        assertThat(StoredForm.deployments(Objects.requireNonNull(found.get("a")).resource()))
                .containsExactly(deployment);
        assertThat(StoredForm.deployments(Objects.requireNonNull(found.get("b")).resource()))
                .containsExactly(deployment);
        assertThat(node.audit()).extracting(StoredAuditEntry::actor).contains("unknown");
    }

    @Test
    void aDocumentIsRecordedInItsOwnRevision() throws Exception {
        node.create(flag("a"));
        long revision = node.current.revision();

        await(node.documents.by(DOCUMENT).replaceFlag("", "b", raw("b", 1), null));

        assertThat(node.current.revision()).isEqualTo(revision + 1);
        StoredAuditEntry entry = node.audit().get(0);
        assertThat(entry.actor()).isEqualTo("deployer");
        assertThat(entry.door()).isEqualTo("ruleset");
        assertThat(entry.reason()).isEqualTo("a release");
        assertThat(entry.requestId()).isEqualTo("r9");
        assertThat(entry.label()).isEqualTo("b");
        assertThat(entry.revision()).isEqualTo(revision + 1);
    }

    @Test
    void anUnchangedRowMakesNoVersion() throws Exception {
        long id = node.create(flag("a")).resource().id();
        String definition = String.valueOf(node.flagRow("", "a"));

        await(node.documents.by(DOCUMENT).replace("{\"flags\":[" + raw("b", 1) + "," + definition + "]}", true, null));

        assertThat(node.get(id).version()).isEqualTo(1);
        assertThat(node.get(id).resource()).isInstanceOf(ManagedFlag.class);
    }

    @Test
    void aManagedFlagStaysManagedIfItsRowCanBeTurnedBack() throws Exception {
        long id = node.create(flag("a").edit().description("kept").build())
                .resource()
                .id();
        String enabled = enabledRow();

        await(node.documents.by(DOCUMENT).replaceFlag("", "a", enabled, null));

        Stored stored = node.get(id);
        assertThat(stored.resource()).isInstanceOfSatisfying(ManagedFlag.class, flag -> {
            assertThat(flag.enabled()).isTrue();
            assertThat(flag.description()).isEqualTo("kept");
        });
        assertThat(stored.version()).isEqualTo(2);
        assertThat(node.flagRow("", "a")).isEqualTo(enabled);
    }

    /** The row of the flag {@code a} as management would write it if the flag were enabled. */
    private String enabledRow() throws Exception {
        long id = node.create(flag("b").edit().enabled(true).build()).resource().id();
        String row = String.valueOf(node.flagRow("", "b")).replace("\"key\":\"b\"", "\"key\":\"a\"");
        node.edit(id, resource -> resource.withArchived(true));
        return row.replace("\"flagVersion\":1", "\"flagVersion\":2");
    }

    @Test
    void aRawFlagIsAdopted() throws Exception {
        String row = enabledRow();
        await(node.documents.by(DOCUMENT).replaceFlag("", "a", row, null));
        Stored raw = Objects.requireNonNull(list().get("a"));
        long revision = node.current.revision();

        Outcome adopted = node.write(new Write.Adopt(ALL, raw.resource().id(), null));

        assertThat(adopted.resources().get(0).resource()).isInstanceOf(ManagedFlag.class);
        assertThat(adopted.revision()).isNull();
        assertThat(node.current.revision()).isEqualTo(revision);
        assertThat(node.flagRow("", "a")).isEqualTo(row);
    }

    @Test
    void removalsOfADocumentArchive() throws Exception {
        long id = node.create(flag("a")).resource().id();

        await(node.documents.by(DOCUMENT).replace("{\"flags\":[" + raw("b", 1) + "]}", true, null));
        assertThat(node.get(id).resource().archived()).isTrue();
        assertThat(list()).containsOnlyKeys("b");

        await(node.documents.by(DOCUMENT).replace("{\"flags\":[" + raw("a", 1) + "]}", true, null));
        assertThat(node.get(id).resource().archived()).isFalse();
        assertThat(node.versions(id)).extracting(Version::version).containsExactly(3L, 2L, 1L);
    }

    @Test
    void aDocumentMovesFlagsBetweenDeployments() throws Exception {
        Stored web = node.create(ManagedDeployment.create("", "k", "web", ManagedDeployment.Type.SERVER));
        long id = node.create(flag("a")
                        .edit()
                        .deployments(List.of(web.resource().id()))
                        .build())
                .resource()
                .id();
        String definition = String.valueOf(node.flagRow("", "a"));

        await(node.documents
                .by(DOCUMENT)
                .replace(
                        "{\"deployments\":[{\"key\":\"k\",\"label\":\"web\",\"type\":\"server\",\"flags\":[\"b\"]}],"
                                + "\"flags\":[" + definition + "," + raw("b", 1) + "]}",
                        true,
                        null));

        assertThat(StoredForm.deployments(node.get(id).resource())).isEmpty();
        assertThat(StoredForm.deployments(
                        Objects.requireNonNull(list().get("b")).resource()))
                .containsExactly(web.resource().id());
        assertThat(node.get(web.resource().id()).version()).isEqualTo(1);
    }

    @Test
    void everyRowIsReconciledInAnotherHistory() throws Exception {
        long id = node.create(flag("a")).resource().id();
        node.close();

        sql("update variate.ruleset set history = 'restored';"
                + "delete from variate.flag;"
                + "insert into variate.flag (key, position, definition) values ('b', 1, '" + raw("b", 1) + "')");
        node = new ManagementNode(uri, directory.resolve("new"));

        assertThat(list()).containsOnlyKeys("b");
        assertThat(node.get(id).resource().archived()).isTrue();
    }

    @Test
    void readsWorkWhileTheDatabaseHasDiverged() throws Exception {
        long id = node.create(flag("a")).resource().id();

        sql("update variate.ruleset set history = 'restored'");

        assertThat(node.get(id).resource().key()).isEqualTo("a");
        assertThatThrownBy(() -> node.create(flag("b"))).isInstanceOf(HistoryDivergedException.class);
    }

    /** Changes rows like a writer that knows nothing of management. */
    private void sql(String statements) throws Exception {
        ManagementNode.execute(
                POSTGRES,
                uri,
                "select revision from variate.ruleset for update;" + statements
                        + ";update variate.ruleset set revision = revision + 1, changed_at = now()");
    }

    private Map<String, Stored> list() throws TimeoutException {
        return list(Set.of(ResourceKind.FLAG), Resource::key);
    }

    private Map<String, Stored> deployments() throws TimeoutException {
        return list(Set.of(ResourceKind.DEPLOYMENT), resource -> ((ManagedDeployment) resource).label());
    }

    private Map<String, Stored> list(Set<ResourceKind> kinds, Function<Resource, String> name) throws TimeoutException {
        return await(node.management.list(Caller.admin(), new Listing(kinds, null, null, false, 100, 0)))
                .elements()
                .stream()
                .collect(Collectors.toMap(stored -> name.apply(stored.resource()), stored -> stored));
    }

    private static String raw(String key, int version) {
        return "{\"key\":\"" + key + "\",\"metadata\":{\"flagVersion\":" + version
                + "},\"variants\":{\"on\":{\"key\":\"on\",\"value\":\"odd\"}},"
                + "\"segments\":[{\"variant\":\"on\"}]}";
    }
}
