package io.variate.management;

import io.variate.json.Json;
import io.variate.management.History.Recorded;
import io.variate.management.History.Step;
import io.variate.management.model.ManagedCohort;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.translation.CompilerSettings;
import io.variate.management.translation.Decompiler;
import io.variate.management.translation.References;
import io.variate.management.translation.ResourceIndex;
import io.variate.rulesets.WriteOrigin;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.store.ResourceKey;
import io.variate.store.ResourceTransaction;
import io.variate.store.ResourceTransaction.TouchedRow;
import io.variate.store.StoredResource;
import io.variate.store.StoredVersion;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings resources in line with rows that others than management wrote. A row that differs from the compiled form of its
 * resource makes a new version, which is raw unless the row can be turned back without loss. A row without a resource gets a
 * raw one. A resource whose row is gone is archived. Used by one thread at a time.
 */
final class Reconciliation {
    private static final Logger log = LoggerFactory.getLogger(Reconciliation.class);
    private static final String ACTION = "reconcile";

    /** Bounds the memory for definitions, and the size of statements. */
    private static final int BATCH = 1_000;

    private final ResourceTransaction transaction;
    private final RowSet rows;
    private final WriteOrigin origin;
    private final CompilerSettings settings;
    private final Map<RowKey, Row> index = new HashMap<>();
    private final Map<RowKey, Long> deploymentIds = new HashMap<>();
    private final Map<String, Map<String, List<Long>>> deployed = new HashMap<>();
    private final Map<RowKey, TouchedRow> touched = new LinkedHashMap<>();

    /**
     * Reconciles touched rows.
     *
     * @param rows all rows after the change of {@code touched}
     * @param origin who touched them
     */
    Reconciliation(
            ResourceTransaction transaction,
            RowSet rows,
            List<TouchedRow> touched,
            WriteOrigin origin,
            CompilerSettings settings) {
        this.transaction = transaction;
        this.settings = settings;
        this.rows = rows;
        this.origin = origin;
        touched.forEach(row -> this.touched.put(row.key(), row));
    }

    /** Reconciles whatever was written since the last time, by writers that are not known. */
    static Future<Void> ofUnknownWrites(ResourceTransaction transaction, CompilerSettings settings) {
        if (transaction.isReconciled()) {
            return Future.succeededFuture();
        }
        RowSet rows = transaction.before().rows();
        return transaction
                .touchedRows()
                .compose(touched -> {
                    Reconciliation all = new Reconciliation(transaction, rows, touched, WriteOrigin.UNKNOWN, settings);
                    return (transaction.knowsChanges() ? Future.<Void>succeededFuture() : all.addOrphans(0))
                            .compose(added -> all.run());
                })
                .compose(done -> transaction.markReconciled(transaction.before().revision()));
    }

    /** Adds the resources whose rows are gone, when removals are no longer known. */
    private Future<Void> addOrphans(long after) {
        return transaction.after(after, BATCH).compose(found -> transaction
                .onWorker(() -> {
                    for (StoredResource stored : found) {
                        RowKey key = RowCompiler.rowKey(StoredForm.read(stored));
                        if (!stored.archived() && !touched.containsKey(key)) {
                            touched.put(
                                    key,
                                    new TouchedRow(
                                            key, transaction.before().revision().number(), null));
                        }
                    }
                    return null;
                })
                .compose(added -> found.size() < BATCH
                        ? Future.succeededFuture()
                        : addOrphans(found.get(found.size() - 1).id())));
    }

    Future<Void> run() {
        if (touched.isEmpty()) {
            return Future.succeededFuture();
        }
        return transaction
                .onWorker(() -> {
                    rows.all().forEach(row -> index.put(row.key(), row));
                    return null;
                })
                .compose(indexed -> inBatches(of(RowKind.PROJECT), this::plainRows))
                .compose(done -> inBatches(of(RowKind.COHORT), this::plainRows))
                .compose(done -> identifyDeployments())
                .compose(done -> inBatches(of(RowKind.FLAG), this::flags))
                .compose(done -> inBatches(of(RowKind.DEPLOYMENT), this::deployments))
                .compose(done -> touched.size() < BATCH ? Future.succeededFuture() : transaction.analyze());
    }

    private List<RowKey> of(RowKind kind) {
        return touched.keySet().stream().filter(key -> key.kind() == kind).toList();
    }

    private static Future<Void> inBatches(List<RowKey> keys, Function<List<RowKey>, Future<Void>> work) {
        if (keys.isEmpty()) {
            return Future.succeededFuture();
        }
        int end = Math.min(BATCH, keys.size());
        return work.apply(keys.subList(0, end)).compose(done -> inBatches(keys.subList(end, keys.size()), work));
    }

    /** The stored resources of some rows. */
    private Future<Map<RowKey, StoredResource>> find(List<RowKey> keys) {
        Map<ResourceKey, RowKey> wanted = new HashMap<>();
        keys.forEach(key -> wanted.put(resourceKey(key), key));
        return transaction.find(List.copyOf(wanted.keySet())).map(found -> {
            Map<RowKey, StoredResource> byRow = new HashMap<>();
            for (StoredResource stored : found) {
                RowKey key = wanted.get(new ResourceKey(stored.project(), stored.namespace(), stored.key()));
                if (key != null) {
                    byRow.put(key, stored);
                }
            }
            return byRow;
        });
    }

    private static ResourceKey resourceKey(RowKey key) {
        ResourceKind kind =
                switch (key.kind()) {
                    case PROJECT -> ResourceKind.PROJECT;
                    case DEPLOYMENT -> ResourceKind.DEPLOYMENT;
                    case COHORT -> ResourceKind.COHORT;
                    case FLAG -> ResourceKind.FLAG;
                };
        return StoredForm.key(kind, key.project(), key.kind() == RowKind.PROJECT ? key.project() : key.key());
    }

    /** Projects and cohorts, whose resources contain the text of the row. */
    private Future<Void> plainRows(List<RowKey> keys) {
        return find(keys).compose(found -> newIds(keys, found)
                .compose(ids -> save(recorded -> {
                    for (RowKey key : keys) {
                        Row row = index.get(key);
                        StoredResource stored = found.get(key);
                        Resource before = stored == null ? null : StoredForm.read(stored);
                        if (row == null) {
                            archive(recorded, key, before, stored);
                        } else {
                            Long id = ids.get(key);
                            add(
                                    recorded,
                                    key,
                                    before,
                                    plain(key, row, before, id == null ? 0 : id),
                                    stored,
                                    null,
                                    null);
                        }
                    }
                })));
    }

    private static Resource plain(RowKey key, Row row, @Nullable Resource before, long id) {
        if (before instanceof ManagedCohort cohort) {
            return cohort.withDefinition(row.definition()).withArchived(false);
        }
        if (before instanceof ManagedProject project) {
            return project.withSettings(row.definition()).withArchived(false);
        }
        return key.kind() == RowKind.COHORT
                ? new ManagedCohort(id, key.project(), key.key(), row.definition(), false)
                : new ManagedProject(id, key.project(), key.project(), "", false, row.definition(), false);
    }

    /** Ids for rows without a resource. */
    private Future<Map<RowKey, Long>> newIds(List<RowKey> keys, Map<RowKey, StoredResource> found) {
        List<RowKey> created = keys.stream()
                .filter(key -> index.containsKey(key) && !found.containsKey(key))
                .toList();
        return transaction.newIds(created.size()).map(ids -> {
            Map<RowKey, Long> byRow = new HashMap<>();
            for (int i = 0; i < created.size(); i++) {
                byRow.put(created.get(i), ids.get(i));
            }
            return byRow;
        });
    }

    /** Finds the ids of all deployments of projects with touched rows, so that flags can name them. */
    private Future<Void> identifyDeployments() {
        Set<RowKey> keys = new LinkedHashSet<>();
        Set<String> projects = new LinkedHashSet<>();
        touched.keySet().forEach(key -> projects.add(key.project()));
        for (String project : projects) {
            ProjectRows present = rows.project(project);
            if (present != null) {
                present.deployments().forEach(row -> keys.add(row.key()));
            }
        }
        List<RowKey> all = List.copyOf(keys);
        return find(all)
                .compose(found -> {
                    found.forEach((key, stored) -> deploymentIds.put(key, stored.id()));
                    return newIds(all, found);
                })
                .compose(ids -> {
                    deploymentIds.putAll(ids);
                    return transaction.onWorker(() -> {
                        projects.forEach(project -> deployed.put(project, deployedIn(project)));
                        return null;
                    });
                });
    }

    /** The ids of the deployments that list each flag of a project. */
    private Map<String, List<Long>> deployedIn(String project) {
        Map<String, List<Long>> byFlag = new HashMap<>();
        ProjectRows present = rows.project(project);
        if (present != null) {
            for (Row row : present.deployments()) {
                Deployment deployment = deployment(row);
                Long id = deploymentIds.get(row.key());
                if (deployment != null && id != null && !deployment.hasAllFlags()) {
                    new LinkedHashSet<>(deployment.flags())
                            .forEach(key -> byFlag.computeIfAbsent(key, absent -> new ArrayList<>())
                                    .add(id));
                }
            }
        }
        return byFlag;
    }

    private static @Nullable Deployment deployment(Row row) {
        return new RowReader(new ArrayList<>()).deployment(row);
    }

    private Future<Void> flags(List<RowKey> keys) {
        return find(keys).compose(found -> transaction
                .lastCompiled(found.values().stream().map(StoredResource::id).toList())
                .compose(versions -> newIds(keys, found).compose(ids -> {
                    Map<Long, StoredVersion> compiled = new HashMap<>();
                    versions.forEach(version -> compiled.put(version.resource(), version));
                    return transaction
                            .onWorker(() -> changedFlags(keys, found, compiled))
                            .compose(changed -> references(changed)
                                    .compose(references -> save(recorded -> changed.forEach(
                                            flag -> flag(recorded, flag, ids.get(flag.key), references)))));
                })));
    }

    /**
     * A flag whose row differs from what was compiled.
     *
     * @param compiled the row as management knows it, or null
     */
    private record ChangedFlag(
            RowKey key,
            @Nullable Row row,
            @Nullable StoredResource stored,
            @Nullable Resource before,
            @Nullable String compiled) {}

    private List<ChangedFlag> changedFlags(
            List<RowKey> keys, Map<RowKey, StoredResource> found, Map<Long, StoredVersion> versions) {
        List<ChangedFlag> changed = new ArrayList<>();
        for (RowKey key : keys) {
            Row row = index.get(key);
            StoredResource stored = found.get(key);
            Resource before = stored == null ? null : StoredForm.read(stored);
            StoredVersion latest = stored == null ? null : versions.get(stored.id());
            String compiled = before == null || before.archived() || latest == null ? null : latest.compiled();
            if (row == null || !row.definition().equals(compiled)) {
                changed.add(new ChangedFlag(key, row, stored, before, compiled));
            }
        }
        return changed;
    }

    /** Loads what managed flags refer to, so that their rows can be turned back. */
    private Future<References> references(List<ChangedFlag> changed) {
        Set<Long> ids = new LinkedHashSet<>();
        Set<ResourceKey> keys = new LinkedHashSet<>();
        for (ChangedFlag flag : changed) {
            if (flag.before != null && !(flag.before instanceof RawFlag) && flag.row != null) {
                ids.add(flag.before.id());
                Adoption.parents(flag.row.definition())
                        .forEach(parent -> keys.add(StoredForm.key(ResourceKind.FLAG, flag.key.project(), parent)));
            }
        }
        if (ids.isEmpty()) {
            return Future.succeededFuture(new ResourceIndex(List.of()));
        }
        return transaction
                .references(ids)
                .compose(references -> {
                    Set<Long> groups = new LinkedHashSet<>();
                    references.stream()
                            .filter(reference -> reference.role().equals(StoredForm.MEMBER))
                            .forEach(reference -> groups.add(reference.source()));
                    return transaction.load(groups);
                })
                .compose(groups -> transaction
                        .find(List.copyOf(keys))
                        .compose(parents -> transaction.onWorker(() -> {
                            Map<Long, Resource> all = new HashMap<>();
                            groups.forEach(group -> all.put(group.id(), StoredForm.read(group)));
                            parents.forEach(parent -> all.put(parent.id(), StoredForm.read(parent)));
                            return new ResourceIndex(all.values());
                        })));
    }

    private void flag(Recorded recorded, ChangedFlag flag, @Nullable Long newId, References references) {
        RowKey key = flag.key;
        Row row = flag.row;
        if (row == null) {
            archive(recorded, key, flag.before, flag.stored);
            return;
        }
        List<Long> deployments = deployed.getOrDefault(key.project(), Map.of()).getOrDefault(key.key(), List.of());
        Resource after = flag.before == null
                ? new RawFlag(
                        newId == null ? 0 : newId,
                        key.project(),
                        key.key(),
                        Decompiler.kind(row.definition()),
                        key.key(),
                        "",
                        row.definition(),
                        deployments,
                        List.of(),
                        false)
                : Adoption.reread(
                        flag.before,
                        row.definition(),
                        flag.before.archived() ? deployments : StoredForm.deployments(flag.before),
                        references,
                        settings);
        add(recorded, key, flag.before, after, flag.stored, flag.compiled, row.definition());
    }

    private Future<Void> deployments(List<RowKey> keys) {
        return find(keys).compose(found -> {
            Future<Void> done = Future.succeededFuture();
            for (RowKey key : keys) {
                StoredResource stored = found.get(key);
                done = done.compose(previous -> deployment(key, stored));
            }
            return done;
        });
    }

    private Future<Void> deployment(RowKey key, @Nullable StoredResource stored) {
        Row row = index.get(key);
        ManagedDeployment before =
                stored != null && StoredForm.read(stored) instanceof ManagedDeployment deployment ? deployment : null;
        if (row == null) {
            return save(recorded -> archive(recorded, key, before, stored));
        }
        Deployment deployment = deployment(row);
        Long id = deploymentIds.get(key);
        if (deployment == null || id == null) {
            log.warn("cannot manage a deployment whose row is invalid: {}", key);
            return Future.succeededFuture();
        }
        return transaction.sources(id, StoredForm.DEPLOYMENT).compose(members -> {
            Set<String> listed = new LinkedHashSet<>(deployment.hasAllFlags() ? List.of() : deployment.flags());
            Set<String> unknown = new LinkedHashSet<>(listed);
            unknown.removeAll(new HashSet<>(members.values()));
            Set<Long> leaving = new LinkedHashSet<>();
            if (!deployment.hasAllFlags()) {
                members.forEach((member, flag) -> {
                    if (!listed.contains(flag)) {
                        leaving.add(member);
                    }
                });
            }
            List<ResourceKey> wanted = unknown.stream()
                    .map(flag -> StoredForm.key(ResourceKind.FLAG, key.project(), flag))
                    .toList();
            return transaction.find(wanted).compose(joining -> transaction
                    .load(leaving)
                    .compose(left -> save(recorded -> {
                        for (StoredResource flag : left) {
                            serve(recorded, key, flag, id, false);
                        }
                        for (StoredResource flag : joining) {
                            if (serve(recorded, key, flag, id, true)) {
                                unknown.remove(flag.key());
                            }
                        }
                        add(
                                recorded,
                                key,
                                before,
                                DeploymentRows.resource(id, key.project(), deployment, List.copyOf(unknown)),
                                stored,
                                null,
                                null);
                    })));
        });
    }

    /** Adds a deployment to a flag or removes it. Returns whether flags of the kind name deployments. */
    private boolean serve(Recorded recorded, RowKey key, StoredResource flag, long deployment, boolean serves) {
        Resource before = StoredForm.read(flag);
        boolean names = before.kind() == ResourceKind.FLAG || before.kind() == ResourceKind.EXPERIMENT;
        if (!names || before.archived()) {
            return false;
        }
        List<Long> deployments = new ArrayList<>(StoredForm.deployments(before));
        deployments.remove(Long.valueOf(deployment));
        if (serves) {
            deployments.add(deployment);
        }
        Row row = index.get(new RowKey(RowKind.FLAG, flag.project(), flag.key()));
        String text = row == null ? null : row.definition();
        add(recorded, key, before, StoredForm.withDeployments(before, deployments), flag, text, text);
        return true;
    }

    private void archive(Recorded recorded, RowKey key, @Nullable Resource before, @Nullable StoredResource stored) {
        if (before instanceof ManagedProject project && project.project().isEmpty()) {
            // The project without a name exists without a row, too.
            add(recorded, key, before, project.withSettings(ManagedProject.NO_SETTINGS), stored, null, null);
        } else if (before != null && !before.archived()) {
            add(recorded, key, before, before.withArchived(true), stored, null, null);
        }
    }

    private void add(
            Recorded recorded,
            RowKey key,
            @Nullable Resource before,
            Resource after,
            @Nullable StoredResource stored,
            @Nullable String compiledBefore,
            @Nullable String compiledAfter) {
        if (after.equals(before)) {
            return;
        }
        if (StoredForm.tree(after.kind(), Json.parseStrict(StoredForm.write(after)), new ArrayList<>()) == null) {
            log.warn("cannot manage a row beyond the limits of management: {}", key);
            return;
        }
        TouchedRow row = touched.get(key);
        Instant at = row == null || row.at() == null ? transaction.now() : row.at();
        long revision = row == null ? transaction.before().revision().number() : row.revision();
        new History(origin, at, revision, true)
                .add(recorded, new Step(before, after, stored, ACTION, origin.actor(), compiledBefore, compiledAfter));
    }

    private Future<Void> save(Consumer<Recorded> record) {
        return transaction
                .onWorker(() -> {
                    Recorded recorded = new Recorded();
                    record.accept(recorded);
                    return recorded;
                })
                .compose(recorded -> transaction.save(recorded.changes()));
    }
}
