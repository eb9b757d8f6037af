package io.variate.management;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.LoneSurrogates;
import io.variate.management.RowCompiler.Compiled;
import io.variate.management.comparison.FieldChange;
import io.variate.management.comparison.TreeDiff;
import io.variate.management.format.FlagSummary;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.rulesets.WriteOrigin;
import io.variate.store.ResourceReference;
import io.variate.store.ResourceTransaction;
import io.variate.store.StoredAuditEntry;
import io.variate.store.StoredResource;
import io.variate.store.StoredSummary;
import io.variate.store.StoredVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns what has changed into versions and audit entries.
 *
 * @param changesRows whether the transaction takes a revision
 */
record History(WriteOrigin origin, Instant now, long revision, boolean changesRows) {
    /** Who changes a compiled flag because another resource changed. */
    private static final String SYSTEM = "system";

    /** What has been recorded. */
    static final class Recorded {
        private final Map<Long, StoredResource> resources = new LinkedHashMap<>();
        private final List<ResourceReference> references = new ArrayList<>();
        private final List<StoredVersion> versions = new ArrayList<>();
        private final Map<Long, StoredSummary> summaries = new LinkedHashMap<>();
        private final List<StoredAuditEntry> audit = new ArrayList<>();
        private final List<Change> visible = new ArrayList<>();
        private final Set<Long> deleted = new LinkedHashSet<>();

        ResourceTransaction.Changes changes() {
            return new ResourceTransaction.Changes(
                    List.copyOf(resources.values()),
                    references,
                    versions,
                    List.copyOf(summaries.values()),
                    audit,
                    deleted);
        }

        List<Change> visible() {
            return visible;
        }

        @Nullable
        StoredResource stored(long id) {
            return resources.get(id);
        }
    }

    /** Records every resource of a draft whose definition or row differs. */
    Recorded record(Draft draft, Compiled compiled) {
        Recorded recorded = new Recorded();
        Set<Long> ids = new LinkedHashSet<>(draft.changed());
        ids.addAll(draft.affected());
        for (long id : ids) {
            Resource before = draft.before(id);
            Resource after = draft.after(id);
            boolean isSame = Objects.equals(before, after)
                    && Objects.equals(
                            compiled.before().get(id), compiled.after().get(id));
            if (!isSame) {
                String action = draft.action(id);
                add(
                        recorded,
                        new Step(
                                before,
                                after,
                                draft.stored(id),
                                action == null ? "recompile" : action,
                                action == null && !leftArchivedGroup(draft, id) ? SYSTEM : origin.actor(),
                                compiled.before().get(id),
                                compiled.after().get(id)));
            }
        }
        return recorded;
    }

    private static boolean leftArchivedGroup(Draft draft, long id) {
        return draft.sources(id, StoredForm.MEMBER).stream().anyMatch(group -> {
            Resource before = draft.before(group);
            return before != null && !before.archived() && draft.active(group) == null;
        });
    }

    /** A change of one resource. */
    record Step(
            @Nullable Resource before,
            @Nullable Resource after,
            @Nullable StoredResource stored,
            String action,
            String actor,
            @Nullable String compiledBefore,
            @Nullable String compiledAfter) {

        Resource any() {
            return Objects.requireNonNull(after == null ? before : after);
        }
    }

    /** Records one change. */
    void add(Recorded recorded, Step step) {
        Resource resource = step.any();
        StoredResource stored = step.stored();
        long version = stored == null ? 1 : step.after() == null ? stored.version() : stored.version() + 1;
        String replaced = step.before() == null ? null : StoredForm.write(step.before());
        String written = null;
        if (step.after() == null) {
            recorded.deleted.add(resource.id());
        } else {
            written = put(recorded, step, step.after(), version);
        }
        ResourceKind kind = resource.kind();
        List<FieldChange> definition = Redaction.definition(kind, TreeDiff.between(tree(replaced), tree(written)));
        List<FieldChange> compiled =
                Redaction.compiled(kind, TreeDiff.between(tree(step.compiledBefore()), tree(step.compiledAfter())));
        boolean isVisible = !compiled.isEmpty() || !served(step.before()).equals(served(step.after()));
        String label = resource instanceof ManagedDeployment deployment ? deployment.label() : resource.key();
        recorded.visible.add(new Change(
                step.action(), kind, resource.id(), resource.project(), label, version, definition, compiled));
        recorded.audit.add(new StoredAuditEntry(
                0,
                now,
                step.actor(),
                origin.door(),
                origin.reason(),
                origin.requestId(),
                step.action(),
                kind.text(),
                resource.id(),
                resource.project(),
                label,
                version,
                changesRows && isVisible ? revision : null,
                json(definition),
                json(compiled)));
    }

    /** Returns the definition as stored. */
    private String put(Recorded recorded, Step step, Resource after, long version) {
        StoredResource stored = step.stored();
        String definition = StoredForm.write(after);
        recorded.resources.put(
                after.id(),
                new StoredResource(
                        after.id(),
                        after.kind().text(),
                        after.project(),
                        StoredForm.key(after).namespace(),
                        after.key(),
                        after.archived(),
                        definition,
                        version,
                        stored == null ? now : stored.createdAt(),
                        stored == null ? step.actor() : stored.createdBy(),
                        now,
                        step.actor()));
        recorded.references.addAll(StoredForm.references(after));
        String summary = FlagSummary.json(after);
        if (summary != null) {
            recorded.summaries.put(after.id(), new StoredSummary(after.id(), version, summary));
        }
        recorded.versions.add(new StoredVersion(
                after.id(),
                version,
                after.kind().text(),
                after.project(),
                definition,
                after.kind().isFlagRow() ? step.compiledAfter() : null,
                revision,
                now,
                step.actor(),
                origin.door(),
                origin.reason()));
        return definition;
    }

    private static List<Long> served(@Nullable Resource resource) {
        return resource == null ? List.of() : StoredForm.deployments(resource);
    }

    private static String json(List<FieldChange> changes) {
        return LoneSurrogates.escape(Json.write(FieldChange.toJson(changes)));
    }

    /** A row that was written with SQL may be no JSON. */
    private static @Nullable Object tree(@Nullable String definition) {
        try {
            return definition == null ? null : Json.parseExact(definition);
        } catch (JsonException e) {
            return null;
        }
    }
}
