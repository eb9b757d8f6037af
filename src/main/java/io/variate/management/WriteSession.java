package io.variate.management;

import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.management.RowCompiler.Compiled;
import io.variate.management.comparison.FieldChange;
import io.variate.management.comparison.ThreeWayMerge;
import io.variate.management.comparison.TreeDiff;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.translation.CompilerSettings;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.store.ResourceKey;
import io.variate.store.ResourceTransaction;
import io.variate.store.StoredResource;
import io.variate.store.StoredVersion;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to apply some writes inside a transaction: loads what they concern, applies them, checks and compiles the
 * outcome, and stores it. Used by one thread at a time.
 */
final class WriteSession {
    /** More resources are loaded in steps only by cycles of loads, which cannot grow forever. */
    private static final int MAX_LOADS = 200;

    /** The door of writes that may be several. */
    private static final String BATCH = "batch";

    /** As many as one batch can delete, and one more. */
    private static final int MOST_IN_DELETED_PROJECT = 1_001;

    private final ResourceTransaction transaction;
    private final WriteContext context;
    private List<Write> writes;
    private final NewResources newResources;
    private final KnownFlags known;
    private final CompilerSettings settings;
    private final @Nullable String unnamedApiKey;
    private final Draft draft = new Draft();
    private final Map<VersionNumber, StoredVersion> versions = new HashMap<>();
    private final Map<ResourceKey, StoredResource> byKey = new HashMap<>();
    private final Map<Long, Long> placeholders = new HashMap<>();

    /** The resource of each write. */
    private final List<Long> targets = new ArrayList<>();

    private final WritePlaces places;
    private List<Long> newIds = List.of();

    WriteSession(
            ResourceTransaction transaction,
            WriteContext context,
            List<Write> writes,
            NewResources newResources,
            KnownFlags known,
            CompilerSettings settings,
            @Nullable String unnamedApiKey) {
        this.unnamedApiKey = unnamedApiKey;
        this.transaction = transaction;
        this.context = context;
        this.writes = List.copyOf(writes);
        this.places = new WritePlaces(writes.size() > 1 || context.door().equals(BATCH), targets);
        this.newResources = newResources;
        this.known = known;
        this.settings = settings;
    }

    private record VersionNumber(long resource, long version) {}

    /**
     * What the writes lead to.
     *
     * @param rows all rows after them
     */
    record Applied(Outcome outcome, RowSet rows) {}

    /** Applies all writes and stores the outcome, or fails the transaction. */
    Future<Applied> run() {
        return findProjects()
                .compose(found -> loadNamed())
                .compose(loaded -> transaction.newIds(creations()))
                .compose(ids -> {
                    newIds = ids;
                    return loadVersions();
                })
                .compose(loaded -> findCopies())
                .compose(found -> findNeighboursOfAdopted())
                .compose(found -> transaction.onWorker(() -> {
                    applyAll();
                    return null;
                }))
                .compose(applied -> requireEmptyProjects())
                .compose(empty -> requireFreeKeys())
                .compose(free -> loadAffected(0))
                .compose(loaded -> lastCompiled())
                .compose(compiled -> transaction.onWorker(() -> compile(compiled)))
                .compose(this::store);
    }

    /** Replaces writes of projects by writes of the resources with their keys. */
    private Future<Void> findProjects() {
        List<ResourceKey> keys = writes.stream()
                .filter(Write.OfProject.class::isInstance)
                .map(write -> projectKey((Write.OfProject) write))
                .distinct()
                .toList();
        return transaction.find(keys).map(found -> {
            Map<ResourceKey, Long> ids = new HashMap<>();
            found.forEach(project ->
                    ids.put(new ResourceKey(project.project(), project.namespace(), project.key()), project.id()));
            writes = writes.stream()
                    .map(write -> write instanceof Write.OfProject named
                            ? named.write().apply(ids.getOrDefault(projectKey(named), Resource.UNSAVED))
                            : write)
                    .toList();
            return null;
        });
    }

    private static ResourceKey projectKey(Write.OfProject write) {
        return StoredForm.key(ResourceKind.PROJECT, write.project(), write.project());
    }

    private Future<Void> loadNamed() {
        Set<Long> ids = new LinkedHashSet<>();
        writes.forEach(write -> {
            if (!(write instanceof Write.Create)) {
                ids.add(Target.of(write).id());
            }
        });
        return load(ids);
    }

    private Future<Void> load(Set<Long> ids) {
        return ids.isEmpty()
                ? Future.succeededFuture()
                : transaction.load(ids).compose(found -> transaction
                        .references(ids)
                        .compose(references -> transaction.onWorker(() -> {
                            draft.add(ids, found, references);
                            return null;
                        })));
    }

    /** An upper limit: a copy may change a present resource. */
    private int creations() {
        return (int) writes.stream()
                .filter(write -> write instanceof Write.Create || write instanceof Write.Copy)
                .count();
    }

    private Future<Void> loadVersions() {
        Future<Void> loaded = Future.succeededFuture();
        for (Write write : writes) {
            VersionNumber wanted = wantedVersion(write);
            if (wanted != null) {
                loaded = loaded.compose(previous -> transaction.version(wanted.resource(), wanted.version()))
                        .map(version -> {
                            if (version != null) {
                                versions.put(wanted, version);
                            }
                            return null;
                        });
            }
        }
        return loaded;
    }

    private @Nullable VersionNumber wantedVersion(Write write) {
        if (write instanceof Write.Revert revert) {
            return new VersionNumber(revert.id(), revert.version());
        }
        if (write instanceof Write.Edit edit && edit.baseVersion() != null) {
            StoredResource stored = draft.stored(edit.id());
            boolean isOld = stored != null && edit.baseVersion() < stored.version();
            return isOld ? new VersionNumber(edit.id(), edit.baseVersion()) : null;
        }
        return null;
    }

    /** Finds the counterparts of copied resources and of their parents in the other project. */
    private Future<Void> findCopies() {
        List<Write.Copy> copies = writes.stream()
                .filter(Write.Copy.class::isInstance)
                .map(Write.Copy.class::cast)
                .toList();
        if (copies.isEmpty()) {
            return Future.succeededFuture();
        }
        Set<Long> parents = new LinkedHashSet<>();
        copies.forEach(copy -> {
            Resource source = draft.after(copy.id());
            parents.addAll(source == null ? Set.of() : Copying.references(source));
        });
        parents.removeIf(draft::knows);
        return load(parents)
                .compose(loaded -> transaction.find(copies.stream()
                        .flatMap(copy -> counterparts(copy).stream())
                        .distinct()
                        .toList()))
                .compose(found -> {
                    Set<Long> ids = new LinkedHashSet<>();
                    for (StoredResource resource : found) {
                        byKey.put(new ResourceKey(resource.project(), resource.namespace(), resource.key()), resource);
                        ids.add(resource.id());
                    }
                    ids.removeIf(draft::knows);
                    return load(ids);
                });
    }

    /** Finds the groups and the parents of flags that are to become managed. */
    private Future<Void> findNeighboursOfAdopted() {
        Set<Long> groups = new LinkedHashSet<>();
        Set<ResourceKey> parents = new LinkedHashSet<>();
        for (Write write : writes) {
            if (write instanceof Write.Adopt adopt && draft.after(adopt.id()) instanceof RawFlag raw) {
                groups.addAll(draft.sources(raw.id(), StoredForm.MEMBER));
                Adoption.parents(raw.definition())
                        .forEach(key -> parents.add(StoredForm.key(ResourceKind.FLAG, raw.project(), key)));
            }
        }
        return transaction.find(List.copyOf(parents)).compose(found -> {
            found.forEach(parent -> groups.add(parent.id()));
            groups.removeIf(draft::knows);
            return load(groups);
        });
    }

    private List<ResourceKey> counterparts(Write.Copy copy) {
        Resource source = draft.after(copy.id());
        if (source == null) {
            return List.of();
        }
        List<ResourceKey> keys = new ArrayList<>();
        keys.add(StoredForm.key(source.kind(), copy.toProject(), source.key()));
        for (long id : Copying.references(source)) {
            Resource parent = draft.after(id);
            if (parent != null) {
                keys.add(StoredForm.key(parent.kind(), copy.toProject(), parent.key()));
            }
        }
        return keys;
    }

    private void applyAll() {
        for (int i = 0; i < writes.size(); i++) {
            try {
                apply(writes.get(i));
            } catch (RejectedWriteException e) {
                throw places.at(i, e);
            }
        }
    }

    private void apply(Write write) {
        if (write instanceof Write.Create create) {
            apply(create);
        } else if (write instanceof Write.Edit edit) {
            apply(edit);
        } else if (write instanceof Write.Delete delete) {
            apply(delete);
        } else if (write instanceof Write.Revert revert) {
            apply(revert);
        } else if (write instanceof Write.Adopt adopt) {
            apply(adopt);
        } else {
            apply((Write.Copy) write);
        }
    }

    private void apply(Write.Create create) {
        Resource resource = create.resource();
        requireVisible(resource.project(), resource.kind());
        if (resource.kind() == ResourceKind.PROJECT && resource.project().isEmpty()) {
            throw Rejections.keyTaken(resource);
        }
        long id = takeId();
        if (resource.id() < 0) {
            placeholders.put(resource.id(), id);
        }
        put(newResources.complete(resolve(resource), id), "create");
    }

    private long takeId() {
        long id = newIds.get(0);
        newIds = newIds.subList(1, newIds.size());
        return id;
    }

    private Resource resolve(Resource resource) {
        return placeholders.isEmpty() ? resource : Placeholders.resolve(resource, placeholders);
    }

    private void put(Resource resource, String action) {
        draft.put(resource, action);
        targets.add(resource.id());
    }

    private void apply(Write.Edit edit) {
        Resource current = target(edit);
        Long base = edit.baseVersion();
        StoredResource stored = draft.stored(current.id());
        Resource edited;
        if (base == null || stored == null || base == stored.version()) {
            edited = resolve(edit.change().apply(current));
        } else {
            edited = merged(edit, current, stored.version(), base);
        }
        edited = withoutGroups(edited);
        boolean keepsKind = edited.kind() == current.kind()
                || (edited instanceof RawFlag && current.kind().isFlagRow());
        if (edited.id() != current.id() || !edited.project().equals(current.project()) || !keepsKind) {
            throw new IllegalArgumentException("an edit must keep id, project and kind");
        }
        boolean archives = edited.archived() && !current.archived();
        boolean restores = !edited.archived() && current.archived();
        put(archives ? Archiving.of(edited) : edited, archives ? "archive" : restores ? "unarchive" : "edit");
    }

    /** Answers show memberships in groups as dependencies, and clients may send them back. */
    private Resource withoutGroups(Resource resource) {
        if (!(resource instanceof ManagedFlag flag) || flag.dependencies().isEmpty()) {
            return resource;
        }
        Map<Long, List<String>> parents =
                new LinkedHashMap<>(flag.dependencies().flags());
        boolean hadGroups = parents.keySet().removeAll(draft.currentSources(flag.id(), StoredForm.MEMBER));
        return hadGroups
                ? flag.edit()
                        .dependencies(new ParentDependencies(
                                parents, flag.dependencies().operator()))
                        .build()
                : resource;
    }

    /** Applies a change to the version that its author has seen, and merges the difference into the current one. */
    private Resource merged(Write.Edit edit, Resource current, long version, long base) {
        StoredVersion old = versions.get(new VersionNumber(edit.id(), base));
        if (old == null) {
            throw new VersionConflictException(
                    "the " + current.kind().text() + " has version " + version + ", and no version " + base,
                    version,
                    List.of(),
                    List.of());
        }
        Resource seen = StoredForm.read(old);
        Object baseTree = tree(seen);
        Object theirs = tree(current);
        Object ours = tree(resolve(edit.change().apply(seen)));
        ThreeWayMerge.Merged merged = ThreeWayMerge.merge(baseTree, theirs, ours);
        if (!merged.conflicts().isEmpty()) {
            throw conflict(
                    "version " + version + " changed the same fields since version " + base + ": "
                            + String.join(", ", merged.conflicts()),
                    current.kind(),
                    version,
                    TreeDiff.between(baseTree, theirs),
                    TreeDiff.between(baseTree, ours));
        }
        List<Problem> found = new ArrayList<>();
        Resource resource = StoredForm.tree(current.kind(), merged.tree(), found);
        if (resource == null) {
            throw conflict(
                    "the changes since version " + base + " do not fit together: "
                            + found.get(0).path() + ": " + found.get(0).reason(),
                    current.kind(),
                    version,
                    TreeDiff.between(baseTree, theirs),
                    TreeDiff.between(baseTree, ours));
        }
        return resource;
    }

    private static VersionConflictException conflict(
            String message, ResourceKind kind, long version, List<FieldChange> theirs, List<FieldChange> ours) {
        return new VersionConflictException(
                message, version, Redaction.definition(kind, theirs), Redaction.definition(kind, ours));
    }

    /** The text of numbers as in storage, so that trees from both sources compare equal. */
    private static @Nullable Object tree(Resource resource) {
        return Json.parseStrict(ResourceWriter.json(resource));
    }

    private void apply(Write.Delete delete) {
        Resource current = target(delete);
        if (draft.stored(current.id()) == null) {
            throw Rejections.invalid("invalid_batch", "a batch must not delete what it creates", null);
        }
        requireVersion(delete);
        if (current.kind() == ResourceKind.PROJECT && current.project().isEmpty()) {
            throw Rejections.inUse("the project without a name always exists");
        }
        boolean inUse = !draft.currentSources(current.id(), StoredForm.PARENT).isEmpty()
                || !draft.currentSources(current.id(), StoredForm.MEMBER).isEmpty()
                || !StoredForm.members(current).isEmpty();
        if (inUse && !current.archived()) {
            throw Rejections.inUse("archive the " + current.kind().text() + " first, because others refer to it");
        }
        draft.delete(current.id());
        targets.add(current.id());
    }

    private void apply(Write.Revert revert) {
        Resource current = target(revert);
        requireVersion(revert);
        StoredVersion version = versions.get(new VersionNumber(revert.id(), revert.version()));
        if (version == null) {
            throw new RejectedWriteException(
                    404,
                    "unknown_version",
                    "the " + current.kind().text() + " has no version " + revert.version(),
                    null);
        }
        put(StoredForm.read(version), "revert");
    }

    private void apply(Write.Adopt adopt) {
        Resource current = target(adopt);
        requireVersion(adopt);
        if (!(current instanceof RawFlag raw)) {
            put(current, "adopt");
            return;
        }
        put(Adoption.of(raw, draft, settings), "adopt");
    }

    private void apply(Write.Copy copy) {
        Resource source = target(copy);
        requireVisible(copy.toProject(), source.kind());
        StoredResource found = byKey.get(StoredForm.key(source.kind(), copy.toProject(), source.key()));
        Resource present = found == null ? null : draft.after(found.id());
        long id = present == null ? takeId() : present.id();
        put(new Copying(draft, this::counterpart).copy(source, copy.toProject(), id, present), "copy");
    }

    /** The id of the resource with the same key in another project. */
    private @Nullable Long counterpart(long id, String project) {
        Resource resource = draft.after(id);
        StoredResource found =
                resource == null ? null : byKey.get(StoredForm.key(resource.kind(), project, resource.key()));
        return found == null ? null : found.id();
    }

    private Resource target(Write write) {
        Target target = Target.of(write);
        Resource resource = draft.after(placeholders.getOrDefault(target.id(), target.id()));
        if (resource == null
                || !target.kinds().contains(resource.kind())
                || !context.caller().sees(resource.project())) {
            throw Rejections.unknown(target.kinds(), target.id());
        }
        return resource;
    }

    private void requireVersion(Write write) {
        Target target = Target.of(write);
        Long base = target.baseVersion();
        StoredResource stored = draft.stored(target.id());
        if (base != null && stored != null && base != stored.version()) {
            throw new VersionConflictException(
                    "the " + stored.kind() + " has version " + stored.version() + ", not " + base,
                    stored.version(),
                    List.of(),
                    List.of());
        }
    }

    private void requireVisible(String project, ResourceKind kind) {
        boolean exists = transaction.before().rows().project(project) != null
                || project.isEmpty()
                || kind == ResourceKind.PROJECT;
        if (!exists || !context.caller().sees(project)) {
            throw Rejections.unknownProject();
        }
    }

    /** A project is deleted only with nothing in it, archived resources included, because nobody could reach them. */
    private Future<Void> requireEmptyProjects() {
        Future<Void> checked = Future.succeededFuture();
        for (long id : draft.changed()) {
            if (draft.after(id) == null && draft.before(id) instanceof ManagedProject project) {
                checked = checked.compose(empty -> transaction.idsIn(project.project(), MOST_IN_DELETED_PROJECT))
                        .compose(ids -> ids.stream().allMatch(other -> draft.knows(other) && draft.after(other) == null)
                                ? Future.succeededFuture()
                                : Future.failedFuture(places.located(
                                        id,
                                        Rejections.inUse(
                                                "the project has flags, groups or deployments: delete them first,"
                                                        + " archived ones too"))));
            }
        }
        return checked;
    }

    private Future<Void> requireFreeKeys() {
        Map<ResourceKey, Long> wanted = new HashMap<>();
        for (long id : draft.changed()) {
            Resource now = draft.after(id);
            Resource old = draft.before(id);
            if (now != null && (old == null || !StoredForm.key(old).equals(StoredForm.key(now)))) {
                Long other = wanted.put(StoredForm.key(now), id);
                if (other != null) {
                    return Future.failedFuture(places.located(id, Rejections.keyTaken(now)));
                }
            }
        }
        return transaction.find(List.copyOf(wanted.keySet())).compose(found -> {
            for (StoredResource taken : found) {
                Long id = wanted.get(new ResourceKey(taken.project(), taken.namespace(), taken.key()));
                Resource holder = draft.knows(taken.id()) ? draft.after(taken.id()) : StoredForm.read(taken);
                boolean isFree = holder == null || !StoredForm.key(holder).key().equals(taken.key());
                Resource now = id == null ? null : draft.after(id);
                if (!isFree && now != null && taken.id() != now.id()) {
                    return Future.failedFuture(places.located(now.id(), Rejections.keyTaken(now)));
                }
            }
            return Future.succeededFuture();
        });
    }

    /** Loads the neighbours of changed resources, then theirs as far as dependencies reach. */
    private Future<Void> loadAffected(int loads) {
        return transaction
                .onWorker(() -> {
                    stripDeleted();
                    return draft.missing();
                })
                .compose(missing -> {
                    if (missing.isEmpty()) {
                        return Future.succeededFuture();
                    }
                    return loads == MAX_LOADS
                            ? Future.failedFuture(new IllegalStateException("dependencies are nested too deeply"))
                            : load(missing).compose(loaded -> loadAffected(loads + 1));
                });
    }

    /** Takes deleted resources out of groups and flags that list them. */
    private void stripDeleted() {
        for (long id : draft.changed()) {
            if (draft.after(id) != null) {
                continue;
            }
            for (String role : List.of(StoredForm.MEMBER, StoredForm.DEPLOYMENT)) {
                for (long source : draft.currentSources(id, role)) {
                    Resource listing = draft.after(source);
                    if (listing != null) {
                        draft.adjust(Archiving.without(listing, id));
                    }
                }
            }
        }
    }

    private Future<Map<Long, StoredVersion>> lastCompiled() {
        Set<Long> ids = new HashSet<>(draft.changed());
        ids.addAll(draft.affected());
        ids.removeIf(id -> draft.stored(id) == null);
        return transaction.lastCompiled(ids).map(found -> {
            Map<Long, StoredVersion> byId = new HashMap<>();
            found.forEach(version -> byId.put(version.resource(), version));
            return byId;
        });
    }

    private record Result(Compiled compiled, RulesetChange.Outcome outcome) {
        List<Problem> warnings() {
            List<Problem> all = new ArrayList<>(compiled.warnings());
            all.addAll(outcome.warnings());
            return all;
        }
    }

    private Result compile(Map<Long, StoredVersion> lastCompiled) {
        Permissions.check(context.caller(), draft, transaction.before().rows(), places);
        ResourceChecks.check(draft, transaction.before().rows(), places);
        Compiled compiled =
                new RowCompiler(draft, transaction.before().rows(), lastCompiled, settings, places).compile();
        return new Result(compiled, outcome(compiled));
    }

    private RulesetChange.Outcome outcome(Compiled compiled) {
        RowSet before = transaction.before().rows();
        if (compiled.changes().isEmpty()) {
            return new RulesetChange.Outcome(before, List.of());
        }
        try {
            return RulesetChange.elements(compiled.changes(), known, context.force(), unnamedApiKey)
                    .applyTo(before);
        } catch (InvalidRulesetException e) {
            throw places.ofRows(e, targets.stream().map(this::rowPath).toList());
        }
    }

    private String rowPath(long id) {
        Resource resource = draft.after(id);
        return resource == null ? "" : RowCompiler.path(resource);
    }

    private Future<Applied> store(Result result) {
        RowSet before = transaction.before().rows();
        RowSet after = result.outcome().rows();
        boolean changesRows = !before.digest().equals(after.digest());
        return (changesRows
                        ? transaction.replaceRows(after).map(RulesetDelta::to)
                        : Future.succeededFuture(transaction.before().revision()))
                .compose(revision -> transaction
                        .onWorker(() -> new History(context.origin(), transaction.now(), revision.number(), changesRows)
                                .record(draft, result.compiled()))
                        .compose(history -> transaction
                                .save(history.changes())
                                .compose(saved ->
                                        changesRows ? transaction.markReconciled(revision) : Future.succeededFuture())
                                .map(saved -> new Applied(
                                        new Outcome(
                                                outcomes(history),
                                                changesRows ? revision.number() : null,
                                                result.warnings(),
                                                history.visible(),
                                                null),
                                        after))));
    }

    private List<Stored> outcomes(History.Recorded history) {
        return targets.stream()
                .map(id -> {
                    StoredResource row = history.stored(id);
                    if (row == null) {
                        row = draft.stored(id);
                    }
                    return StoredForm.stored(Objects.requireNonNull(row));
                })
                .toList();
    }
}
