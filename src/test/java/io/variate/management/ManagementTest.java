package io.variate.management;

import static io.variate.management.ManagementNode.ALL;
import static io.variate.management.ManagementNode.await;
import static io.variate.management.ManagementNode.experiment;
import static io.variate.management.ManagementNode.flag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.json.Json;
import io.variate.management.access.Caller;
import io.variate.management.access.Role;
import io.variate.management.access.Scope;
import io.variate.management.comparison.FieldChange;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.Inclusions;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.model.Rollout;
import io.variate.rulesets.document.WouldBeEmptyException;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.store.StoredAnswer;
import io.variate.store.StoredAuditEntry;
import io.variate.store.StoredVersion;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ManagementTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private ManagementNode node;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        node = new ManagementNode(ManagementNode.newDatabase(POSTGRES), directory);
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void createsAFlagThatIsServed() throws Exception {
        Outcome outcome = node.write(new Write.Create(flag("checkout")));

        Stored stored = outcome.resources().get(0);
        assertThat(stored.version()).isEqualTo(1);
        assertThat(stored.createdBy()).isEqualTo("admin.token");
        assertThat(((ManagedFlag) stored.resource()).bucketing().salt()).hasSize(8);
        assertThat(outcome.revision()).isEqualTo(node.current.revision());
        assertThat(node.flagRow("", "checkout")).contains("\"flagVersion\":1");
        assertThat(node.get(stored.resource().id())).isEqualTo(stored);
    }

    @Test
    void aChangeThatEvaluationCannotSeeTakesNoRevision() throws Exception {
        long id = node.create(flag("checkout")).resource().id();
        long revision = node.current.revision();

        Outcome renamed = node.editFlag(id, flag -> flag.name("Checkout"));

        assertThat(renamed.revision()).isNull();
        assertThat(renamed.resources().get(0).version()).isEqualTo(2);
        assertThat(node.current.revision()).isEqualTo(revision);
        assertThat(node.flagRow("", "checkout")).contains("\"flagVersion\":1");
    }

    @Test
    void aChangeOfAPayloadRaisesTheFlagVersion() throws Exception {
        long id = node.create(flag("checkout")).resource().id();

        node.editFlag(id, flag -> flag.variants(List.of(new FlagVariant("on", "", "", "payload"))));

        assertThat(node.flagRow("", "checkout")).contains("\"flagVersion\":2");
    }

    @Test
    void takesAKeyOnce() throws Exception {
        node.create(flag("checkout"));

        rejects(() -> node.create(experiment("checkout")), 409, "key_taken");
        rejects(() -> node.write(new Write.Create(flag("a")), new Write.Create(flag("a"))), 409, "key_taken");
    }

    @Test
    void appliesAllWritesOrNone() throws Exception {
        long id = node.create(flag("a")).resource().id();
        long revision = node.current.revision();

        rejects(() -> node.write(new Write.Create(flag("b")), rename(999, null, "x")), 404, "unknown_flag");
        assertThat(node.current.revision()).isEqualTo(revision);

        Outcome outcome = node.write(
                new Write.Create(flag("b")), new Write.Edit(ALL, id, null, archived -> archived.withArchived(true)));
        assertThat(outcome.revision()).isEqualTo(revision + 1);
        assertThat(node.flagRow("", "a")).isNull();
        assertThat(node.flagRow("", "b")).isNotNull();
    }

    @Test
    void mergesChangesOfDifferentFields() throws Exception {
        long id = node.create(flag("a")).resource().id();
        node.editFlag(id, flag -> flag.name("theirs"));

        Outcome merged = node.write(new Write.Edit(ALL, id, 1L, described("ours")));

        ManagedFlag flag = (ManagedFlag) merged.resources().get(0).resource();
        assertThat(flag.name()).isEqualTo("theirs");
        assertThat(flag.description()).isEqualTo("ours");
        assertThat(merged.resources().get(0).version()).isEqualTo(3);
    }

    @Test
    void reportsBothDifferencesOfAConflict() throws Exception {
        long id = node.create(flag("a")).resource().id();
        node.editFlag(id, flag -> flag.description("theirs"));

        Throwable failure = catchThrowable(() -> node.write(new Write.Edit(ALL, id, 1L, described("ours"))));

        assertThat(failure).isInstanceOf(VersionConflictException.class);
        VersionConflictException conflict = (VersionConflictException) failure;
        assertThat(conflict.current()).isEqualTo(2);
        assertThat(conflict.theirs()).containsExactly(new FieldChange("description", "", "theirs"));
        assertThat(conflict.ours()).containsExactly(new FieldChange("description", "", "ours"));
        rejects(() -> node.write(new Write.Edit(ALL, id, 7L, described("x"))), 412, "version_conflict");
    }

    @Test
    void rejectsWhatATokenMayNotDo() throws Exception {
        long id = node.create(flag("checkout-a")).resource().id();
        Caller viewer = new Caller("viewer", Role.VIEWER, Scope.ALL);
        Caller foreigner = new Caller("foreigner", Role.ADMIN, new Scope(Set.of("other"), Set.of(), Set.of()));
        Caller limited = new Caller("limited", Role.EDITOR, new Scope(Set.of(), Set.of(), Set.of("checkout-")));

        rejects(() -> write(viewer, rename(id, null, "x")), 403, "forbidden");
        rejects(() -> write(foreigner, rename(id, null, "x")), 404, "unknown_flag");
        rejects(() -> write(limited, new Write.Create(flag("search"))), 403, "forbidden");
        rejects(() -> write(limited, rekey(id, "search")), 403, "forbidden");
        rejects(() -> write(limited, new Write.Create(deployment("web"))), 403, "forbidden");
        assertThat(write(limited, rename(id, null, "x")).resources().get(0).modifiedBy())
                .isEqualTo("limited");
    }

    @Test
    void limitsWritesToDeployments() throws Exception {
        long web = node.create(deployment("web")).resource().id();
        long app = node.create(deployment("app")).resource().id();
        Caller limited = new Caller("limited", Role.EDITOR, new Scope(Set.of(), Set.of("web"), Set.of()));
        long id = node.create(flag("a")).resource().id();

        write(limited, deploy(id, web));
        rejects(() -> write(limited, deploy(id, web, app)), 403, "forbidden");
    }

    @Test
    void listsFlagsInTheRowsOfTheirDeployments() throws Exception {
        Stored web = node.create(deployment("web"));
        long id = node.create(flag("a")).resource().id();
        long other = node.create(flag("b")).resource().id();

        node.write(deploy(id, web.resource().id()), deploy(other, web.resource().id()));
        assertThat(deployedFlags(web)).containsExactly("a", "b");
        node.write(rekey(id, "c"));
        assertThat(deployedFlags(web)).containsExactly("b", "c");
        node.edit(other, flag -> flag.withArchived(true));
        assertThat(deployedFlags(web)).containsExactly("c");
        node.edit(other, flag -> flag.withArchived(false));
        assertThat(deployedFlags(web)).containsExactly("c", "b");
        assertThat(node.get(web.resource().id()).version()).isEqualTo(1);
    }

    @Test
    void anArchivedDeploymentGetsItsFlagsBack() throws Exception {
        Stored web = node.create(deployment("web"));
        long id = node.create(flag("a")).resource().id();
        node.write(deploy(id, web.resource().id()));

        node.edit(web.resource().id(), deployment -> deployment.withArchived(true));
        assertThat(deployedFlags(web)).isEmpty();
        node.edit(web.resource().id(), deployment -> deployment.withArchived(false));
        assertThat(deployedFlags(web)).containsExactly("a");
    }

    @Test
    void recompilesChildrenWhenAParentIsRekeyed() throws Exception {
        long parent = node.create(flag("parent")).resource().id();
        long child =
                node.create(enabled(flag("child"), parent, "on")).resource().id();

        Outcome outcome = node.write(rekey(parent, "renamed"));

        assertThat(node.flagRow("", "child")).contains("\"dependencies\":[\"renamed\"]", "\"flagVersion\":2");
        assertThat(node.get(child).modifiedBy()).isEqualTo("system");
        assertThat(node.get(child).version()).isEqualTo(2);
        assertThat(outcome.changes()).extracting(Change::action).containsExactly("edit", "recompile");
    }

    @Test
    void protectsWhatOthersDependOn() throws Exception {
        long parent = node.create(flag("parent")).resource().id();
        long child =
                node.create(enabled(flag("child"), parent, "on")).resource().id();

        rejects(() -> node.edit(parent, flag -> flag.withArchived(true)), 409, "in_use");
        rejects(() -> node.write(new Write.Delete(ALL, parent, null)), 409, "in_use");
        rejects(() -> node.editFlag(parent, flag -> flag.variants(List.of(new FlagVariant("x")))), 409, "in_use");
        node.edit(child, flag -> flag.withArchived(true));
        node.edit(parent, flag -> flag.withArchived(true));
        rejects(() -> node.edit(child, flag -> flag.withArchived(false)), 400, "invalid_reference");
    }

    @Test
    void rejectsReferencesThatCannotWork() throws Exception {
        long remote = node.create(flag("remote")).resource().id();
        ManagedFlag local =
                flag("local").edit().evaluationMode(EvaluationMode.LOCAL).build();

        rejects(() -> node.create(enabled(local, remote, "on")), 400, "invalid_reference");
        rejects(() -> node.create(enabled(flag("a"), remote, "missing")), 400, "invalid_reference");
        rejects(() -> node.create(enabled(flag("a"), 999, "on")), 400, "invalid_reference");
        rejects(() -> node.create(flag("a").edit().deployments(List.of(999L)).build()), 400, "invalid_reference");
        rejects(() -> node.create(holdout("h", remote)), 400, "invalid_reference");
    }

    @Test
    void rejectsCyclesAlsoThroughGroups() throws Exception {
        long a = node.create(experiment("a")).resource().id();
        long b = node.create(enabled(flag("b"), a, "control")).resource().id();
        rejects(() -> node.write(require(a, b, "on")), 400, "dependency_cycle");

        Stored group = node.create(holdout("h", a));
        rejects(() -> node.write(require(a, a, "control")), 400, "dependency_cycle");
        assertThat(group.version()).isEqualTo(1);
    }

    @Test
    void limitsInclusions() throws Exception {
        List<String> users = IntStream.range(0, 2001).mapToObj(i -> "u" + i).toList();
        ManagedFlag flag = flag("a")
                .edit()
                .inclusions("on", new Inclusions(users, List.of()))
                .build();

        rejects(() -> node.create(flag), 400, "too_many_inclusions");
    }

    @Test
    void listsTheNewestVersionsThatFit() throws Exception {
        long id = node.create(flag("checkout")).resource().id();
        node.editFlag(id, flag -> flag.name("second"));
        node.editFlag(id, flag -> flag.name("third"));

        assertThat(await(node.resources.versions(id, 1_000, 1_000_000)))
                .extracting(StoredVersion::version)
                .containsExactly(3L, 2L, 1L);
        assertThat(await(node.resources.versions(id, 2, 1_000_000)))
                .extracting(StoredVersion::version)
                .containsExactly(3L, 2L);
        assertThat(await(node.resources.versions(id, 1_000, 1)))
                .extracting(StoredVersion::version)
                .containsExactly(3L);
    }

    @Test
    void aGroupChangesItsMembers() throws Exception {
        long id = node.create(on(experiment("a"))).resource().id();
        Stored group = node.create(holdout("h", id));

        assertThat(node.flagRow("", "a")).contains("\"dependencies\":[\"h\"]");
        assertThat(node.get(id).modifiedBy()).isEqualTo("system");
        node.edit(group.resource().id(), resource -> resource.withArchived(true));

        assertThat(node.flagRow("", "a")).doesNotContain("dependencies");
        assertThat(node.flagRow("", "h")).isNull();
        assertThat(node.get(id).modifiedBy()).isEqualTo("admin.token");
        assertThat(node.versions(id)).extracting(Version::version).containsExactly(3L, 2L, 1L);
    }

    @Test
    void revertsToAnEarlierVersion() throws Exception {
        long id = node.create(flag("a")).resource().id();
        node.editFlag(id, flag -> flag.description("wrong")
                .variants(List.of(new FlagVariant("x")))
                .rollout(Rollout.NONE));

        Stored reverted =
                node.write(new Write.Revert(ALL, id, 2L, 1)).resources().get(0);

        assertThat(reverted.version()).isEqualTo(3);
        assertThat(reverted.resource()).isEqualTo(node.versions(id).get(2).resource());
        assertThat(node.flagRow("", "a")).contains("\"flagVersion\":3");
        rejects(() -> node.write(new Write.Revert(ALL, id, null, 9)), 404, "unknown_version");
        rejects(() -> node.write(new Write.Revert(ALL, id, 1L, 1)), 412, "version_conflict");
    }

    @Test
    void deletesForGood() throws Exception {
        long id = node.create(experiment("a")).resource().id();
        Stored group = node.create(holdout("h", id));
        rejects(() -> node.write(new Write.Delete(ALL, id, null)), 409, "in_use");

        node.edit(id, flag -> flag.withArchived(true));
        node.write(new Write.Delete(ALL, id, null));

        rejects(() -> node.get(id), 404, "unknown_flag");
        assertThat(((HoldoutGroup) node.get(group.resource().id()).resource()).experiments())
                .isEmpty();
        node.create(flag("a"));
    }

    @Test
    void theFlagVersionGoesOnAfterAnArchive() throws Exception {
        long id = node.create(flag("a")).resource().id();
        node.edit(id, flag -> flag.withArchived(true));
        node.edit(id, flag -> flag.withArchived(false));

        assertThat(node.flagRow("", "a")).contains("\"flagVersion\":2");
    }

    @Test
    void copiesBetweenProjectsAndKeepsTheSaltOfTheTarget() throws Exception {
        node.create(new ManagedProject(0, "production", "Production", "", false, "{}", false));
        long parent = node.create(flag("parent")).resource().id();
        ManagedFlag source =
                (ManagedFlag) node.create(enabled(flag("a"), parent, "on")).resource();
        Write copy = new Write.Copy(ALL, source.id(), "production");
        rejects(() -> node.write(copy), 409, "missing_parent");

        node.create(flag("parent").withProject("production"));
        ManagedFlag created = (ManagedFlag) node.write(copy).resources().get(0).resource();
        assertThat(created.project()).isEqualTo("production");
        node.editFlag(source.id(), flag -> flag.bucketing(new Bucketing("device_id", "changed", "User")));
        Outcome again = node.write(copy);

        ManagedFlag updated = (ManagedFlag) again.resources().get(0).resource();
        assertThat(updated.id()).isEqualTo(created.id());
        assertThat(updated.bucketing())
                .isEqualTo(new Bucketing("device_id", created.bucketing().salt(), "User"));
        assertThat(again.changes().get(0).definition())
                .extracting(FieldChange::path)
                .containsExactly("bucketingKey");
    }

    @Test
    void aDryRunChangesNothing() throws Exception {
        long id = node.create(flag("a")).resource().id();
        long revision = node.current.revision();
        WriteContext context = WriteContext.of(Caller.admin(), "test", "r1").asDryRun();

        Outcome outcome = await(node.management.write(context, List.of(rekey(id, "b"))));

        assertThat(outcome.revision()).isEqualTo(revision + 1);
        assertThat(outcome.changes().get(0).compiled()).isNotEmpty();
        assertThat(node.get(id).version()).isEqualTo(1);
        assertThat(node.audit()).hasSize(1);
        RowSet candidate = await(node.management.candidate(context, List.of(rekey(id, "b"))))
                .rows();
        assertThat(candidate.all()).extracting(row -> row.key().key()).containsExactly("b");
        assertThat(node.flagRow("", "a")).isNotNull();
    }

    @Test
    void aRepeatedRequestGetsTheFirstAnswer() throws Exception {
        Idempotency first =
                new Idempotency("k", "f", outcome -> new StoredAnswer(200, "\"1\"", null, List.of(), "first"));

        assertThat(write(first, new Write.Create(flag("a"))).earlier()).isNull();
        assertThat(write(first, new Write.Create(flag("a"))).earlier())
                .isEqualTo(new StoredAnswer(200, "\"1\"", null, List.of(), "first"));
        rejects(
                () -> write(
                        new Idempotency("k", "g", outcome -> new StoredAnswer(200, null, null, List.of(), "")),
                        new Write.Create(flag("a"))),
                409,
                "idempotency_mismatch");
    }

    @Test
    void theAuditTellsWhatChangedWithoutCredentials() throws Exception {
        Stored web = node.create(deployment("web"));
        WriteContext context = new WriteContext(Caller.admin(), "console", "a reason", "r7", null, false, false);
        await(node.management.write(
                context,
                List.of(new Write.Create(flag("a")
                        .edit()
                        .deployments(List.of(web.resource().id()))
                        .build()))));

        StoredAuditEntry entry = node.audit().get(0);
        assertThat(entry.actor()).isEqualTo("admin.token");
        assertThat(entry.door()).isEqualTo("console");
        assertThat(entry.reason()).isEqualTo("a reason");
        assertThat(entry.requestId()).isEqualTo("r7");
        assertThat(entry.label()).isEqualTo("a");
        assertThat(entry.definitionDiff()).contains("\"path\":\"key\"");
        assertThat(node.audit().toString()).doesNotContain(web.resource().key());
    }

    @Test
    void listsNewestFirstInPages() throws Exception {
        for (int i = 0; i < 5; i++) {
            node.create(flag("f" + i));
        }
        Page<Stored> first = await(
                node.management.list(Caller.admin(), new Listing(Set.of(ResourceKind.FLAG), null, null, false, 3, 0)));
        assertThat(first.elements())
                .extracting(stored -> stored.resource().key())
                .containsExactly("f4", "f3", "f2");
        Page<Stored> last = await(node.management.list(
                Caller.admin(),
                new Listing(
                        Set.of(ResourceKind.FLAG), "", null, false, 3, Objects.requireNonNull(first.nextCursor()))));
        assertThat(last.elements())
                .extracting(stored -> stored.resource().key())
                .containsExactly("f1", "f0");
        assertThat(last.nextCursor()).isNull();
    }

    @Test
    void findsVersionsOfATimeWindow() throws Exception {
        Stored stored = node.create(flag("a"));
        node.editFlag(stored.resource().id(), flag -> flag.name("b"));
        Instant changed = node.get(stored.resource().id()).modifiedAt();

        assertThat(await(node.management.versionsBetween(Caller.admin(), stored.createdAt(), changed, 10, 0))
                        .elements())
                .extracting(Version::version)
                .containsExactly(1L);
    }

    @Test
    void aBatchRefersToWhatItCreates() throws Exception {
        Outcome outcome =
                node.write(new Write.Create(on(experiment("a")).withId(-1)), new Write.Create(holdout("h", -1)));

        long id = outcome.resources().get(0).resource().id();
        assertThat(((HoldoutGroup) outcome.resources().get(1).resource()).experiments())
                .containsExactly(id);
        assertThat(node.flagRow("", "a")).contains("\"dependencies\":[\"h\"]");
    }

    @Test
    void aBatchEditsWhatItCreates() throws Exception {
        Outcome outcome = node.write(new Write.Create(flag("a").withId(-1)), rename(-1, null, "A"));

        assertThat(outcome.resources().get(1).version()).isEqualTo(1);
        assertThat(outcome.resources().get(1).resource())
                .isEqualTo(outcome.resources().get(0).resource());
        rejects(
                () -> node.write(new Write.Create(flag("b").withId(-1)), new Write.Delete(ALL, -1, null)),
                400,
                "invalid_batch");
    }

    @Test
    void theProjectWithoutANameExistsAlready() {
        rejects(() -> node.create(new ManagedProject(0, "", "Name", "", false, "{}", false)), 409, "key_taken");
    }

    @Test
    void theAuditNamesTheRevisionThatDeploysAFlag() throws Exception {
        Stored web = node.create(deployment("web"));
        long id = node.create(flag("a")).resource().id();

        Outcome outcome = node.write(deploy(id, web.resource().id()));

        assertThat(node.audit().get(0).revision()).isEqualTo(outcome.revision());
    }

    @Test
    void emptyingADeploymentNeedsForce() throws Exception {
        Stored web = node.create(deployment("web"));
        long id = node.create(flag("a")).resource().id();
        node.write(deploy(id, web.resource().id()));
        Write archive = new Write.Edit(ALL, id, null, flag -> flag.withArchived(true));

        assertThatThrownBy(() -> write(Caller.admin(), archive)).isInstanceOf(WouldBeEmptyException.class);
        node.write(archive);
        assertThat(deployedFlags(web)).isEmpty();
    }

    private Outcome write(Caller caller, Write... writes) throws TimeoutException {
        return await(node.management.write(WriteContext.of(caller, "test", "r1"), List.of(writes)));
    }

    private Outcome write(Idempotency idempotency, Write write) throws TimeoutException {
        WriteContext context = new WriteContext(Caller.admin(), "test", null, "r1", idempotency, false, false);
        return await(node.management.write(context, List.of(write)));
    }

    private static void rejects(ThrowingCallable write, int status, String code) {
        assertThatThrownBy(write).isInstanceOfSatisfying(RejectedWriteException.class, rejected -> {
            assertThat(rejected.code()).isEqualTo(code);
            assertThat(rejected.status()).isEqualTo(status);
        });
    }

    private static UnaryOperator<Resource> described(String description) {
        return resource ->
                ((ManagedFlag) resource).edit().description(description).build();
    }

    private static Write rename(long id, @Nullable Long version, String name) {
        return new Write.Edit(ALL, id, version, resource -> ((ManagedFlag) resource)
                .edit()
                .name(name)
                .build());
    }

    private static Write rekey(long id, String key) {
        return new Write.Edit(ALL, id, null, resource -> ((ManagedFlag) resource)
                .edit()
                .key(key)
                .build());
    }

    private static Write deploy(long id, Long... deployments) {
        return new Write.Edit(ALL, id, null, resource -> ((ManagedFlag) resource)
                .edit()
                .deployments(List.of(deployments))
                .build());
    }

    private static Write require(long id, long parent, String variant) {
        return new Write.Edit(ALL, id, null, resource -> enabled((ManagedFlag) resource, parent, variant));
    }

    private static ManagedFlag on(ManagedFlag flag) {
        return flag.edit().enabled(true).build();
    }

    private static ManagedFlag enabled(ManagedFlag flag, long parent, String variant) {
        return on(flag).edit()
                .dependencies(new ParentDependencies(Map.of(parent, List.of(variant)), ParentDependencies.Operator.ALL))
                .build();
    }

    private static HoldoutGroup holdout(String key, long experiment) {
        return new HoldoutGroup(
                0,
                "",
                key,
                key,
                "",
                10,
                EvaluationMode.REMOTE,
                new Bucketing("user_id", "", Bucketing.USER),
                HoldoutGroup.ON,
                List.of(experiment),
                List.of(),
                List.of(),
                false);
    }

    private static ManagedDeployment deployment(String label) {
        return ManagedDeployment.create("", "", label, ManagedDeployment.Type.SERVER);
    }

    private List<String> deployedFlags(Stored deployment) {
        String row = node.row(
                new RowKey(RowKind.DEPLOYMENT, "", deployment.resource().key()));
        if (row == null) {
            return List.of();
        }
        Map<?, ?> tree = (Map<?, ?>) Objects.requireNonNull(Json.parse(row));
        return ((List<?>) Objects.requireNonNull(tree.get("flags")))
                .stream().map(String::valueOf).toList();
    }
}
