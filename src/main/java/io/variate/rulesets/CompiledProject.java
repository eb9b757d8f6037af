package io.variate.rulesets;

import io.variate.checks.References;
import io.variate.cohorts.Cohort;
import io.variate.cohorts.Cohorts;
import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.ElementPaths;
import io.variate.rulesets.document.KnownProject;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.rulesets.document.ProjectSettings;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One project, compiled for one zone. {@link #update} compiles only what differs, and keeps everything else by identity.
 * Immutable.
 */
@SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
final class CompiledProject {
    private final ProjectRows rows;
    private final ReadRows<DefinedFlag> flags;
    private final ReadRows<Deployment> deployments;
    private final ReadRows<ReadCohort> cohorts;
    private final Project project;
    private final FlagForms forms;

    /** The flags of deployments that select the same keys; those with all flags have the key {@link #ALL}. */
    private final Map<Set<String>, CompiledFlags> compiled;

    private final Map<Audience, ServedFlags> served;
    private final Map<String, DeployedFlags> deployed;
    private final List<Problem> problems;

    /** The selection of a deployment with all flags. */
    private static final Set<String> ALL = Set.of("*");

    /** Deployments that see the same flags in the same form share their encoded flags. */
    private record Audience(Set<String> selection, Deployment.Type type, boolean remoteRules) {
        static Audience of(Deployment deployment) {
            return new Audience(CompiledProject.selection(deployment), deployment.type(), deployment.remoteRules());
        }
    }

    /**
     * A cohort that was read from a row.
     *
     * @param statesChange whether the row has the time of its last change; else it may have changed with any revision
     */
    private record ReadCohort(Cohort cohort, boolean statesChange) {
        static @Nullable ReadCohort read(RowReader reader, Row row) {
            DefinedCohort read = reader.cohort(row);
            if (read == null) {
                return null;
            }
            Long lastModified = read.lastModified();
            Cohort cohort = Cohort.ofDocument(
                    read.id(), read.groupType(), lastModified == null ? 1 : lastModified, read.memberIds());
            return new ReadCohort(cohort, lastModified != null);
        }

        Cohort at(long revision) {
            return statesChange ? cohort : cohort.at(revision);
        }
    }

    private CompiledProject(
            ProjectRows rows,
            ReadRows<DefinedFlag> flags,
            ReadRows<Deployment> deployments,
            ReadRows<ReadCohort> cohorts,
            Project project,
            FlagForms forms,
            Map<Set<String>, CompiledFlags> compiled,
            Map<Audience, ServedFlags> served,
            Map<String, DeployedFlags> deployed,
            List<Problem> problems) {
        this.rows = rows;
        this.flags = flags;
        this.deployments = deployments;
        this.cohorts = cohorts;
        this.project = project;
        this.forms = forms;
        this.compiled = compiled;
        this.served = served;
        this.deployed = deployed;
        this.problems = List.copyOf(problems);
    }

    /** A project without rows. */
    static CompiledProject empty(String key) {
        return new CompiledProject(
                new ProjectRows(key, null, List.of(), List.of(), List.of()),
                ReadRows.none(),
                ReadRows.none(),
                ReadRows.none(),
                new Project(key, null, null, Cohorts.NONE),
                FlagForms.NONE,
                Map.of(ALL, CompiledFlags.compile(List.of())),
                Map.of(),
                Map.of(),
                List.of());
    }

    Project project() {
        return project;
    }

    /** Deployments of the zone, by key. */
    Map<String, DeployedFlags> deployed() {
        return deployed;
    }

    /** Elements left out, conditions that never hold, and what cannot be meant in a flag, with the reason. */
    List<Problem> problems() {
        return problems;
    }

    /** The keys of flags that are withheld from SDKs with local evaluation in any deployment. */
    Set<String> withheld() {
        Set<String> keys = new TreeSet<>();
        served.values().forEach(set -> keys.addAll(set.withheld()));
        return keys;
    }

    /** The flags, so that a document that repeats them need not read and compile them again. */
    KnownProject known() {
        return new KnownProject(flags.elements(), allFlags(), forms::index);
    }

    /** All flags of the project, compiled. */
    CompiledFlags allFlags() {
        CompiledFlags all = compiled.get(ALL);
        if (all == null) {
            throw new IllegalStateException("a project always has its flags compiled");
        }
        return all;
    }

    /** A cohort without a time of change may have changed with any revision. */
    private boolean dependsOnRevision() {
        return cohorts.elements().stream().anyMatch(cohort -> !cohort.statesChange());
    }

    /**
     * Compiles the rows that differ. Expensive if many do: call it on a worker thread.
     *
     * @param revision the number of the revision that the rows belong to
     * @param checked flags that a check has read and compiled, probably those of the rows; or null
     * @return this object if nothing differs
     */
    CompiledProject update(ProjectRows next, long revision, String zone, @Nullable KnownProject checked) {
        if (next == rows && !dependsOnRevision()) {
            return this;
        }
        return new Update(next, revision, zone, checked).compile();
    }

    private static Set<String> selection(Deployment deployment) {
        return deployment.hasAllFlags() ? ALL : Set.copyOf(deployment.flags());
    }

    /** One update. Used by one thread. */
    private final class Update {
        private final ProjectRows next;
        private final @Nullable KnownProject checked;
        private final String zone;
        private final ReadRows<DefinedFlag> nextFlags;
        private final ReadRows<Deployment> nextDeployments;
        private final ReadRows<ReadCohort> nextCohorts;
        private final Project nextProject;
        private final List<DefinedFlag> definitions;
        private final List<Flag> all;
        private final FlagForms nextForms;
        private final Map<Set<String>, CompiledFlags> nextCompiled = new HashMap<>();
        private final Map<Audience, ServedFlags> nextServed = new HashMap<>();
        private final Map<String, DeployedFlags> nextDeployed = new LinkedHashMap<>();
        private final List<Problem> found = new ArrayList<>();
        private final Problems place;
        private final SelectedFlags selected;

        Update(ProjectRows next, long revision, String zone, @Nullable KnownProject checked) {
            this.next = next;
            this.checked = checked;
            this.zone = zone;
            place = ProjectKeys.of(next.key(), new Problems("", found));
            nextFlags = flags.read(next.flags(), this::flag);
            nextDeployments = deployments.read(next.deployments(), RowReader::deployment);
            nextCohorts = cohorts.read(next.cohorts(), ReadCohort::read);
            nextProject = project(revision);
            definitions = List.copyOf(nextFlags.elements());
            all = flagsOf(definitions);
            nextForms = FlagForms.of(all, forms);
            selected = new SelectedFlags(nextForms);
        }

        private static List<Flag> flagsOf(List<DefinedFlag> defined) {
            List<Flag> flags = new ArrayList<>(defined.size());
            for (DefinedFlag each : defined) {
                flags.add(each.flag());
            }
            return flags;
        }

        private @Nullable DefinedFlag flag(RowReader reader, Row row) {
            DefinedFlag same = checked == null ? null : checked.find(row.key().key(), row.definition());
            DefinedFlag flag = same == null ? reader.flag(row) : same;
            if (flag != null) {
                reader.check(flag, row);
            }
            return flag;
        }

        private CompiledFlags compileAll() {
            if (nextFlags == flags) {
                return allFlags();
            }
            CompiledFlags same = checked == null ? null : checked.compiled(all);
            return same == null ? allFlags().recompile(all) : same;
        }

        CompiledProject compile() {
            nextCompiled.put(ALL, compileAll());
            ElementPaths paths = new ElementPaths(place.member("deployments"));
            for (Deployment deployment : nextDeployments.elements()) {
                reportUnknownFlags(deployment, paths.next(deployment.label()));
                if (deployment.isServedIn(zone)) {
                    nextDeployed.put(deployment.key(), deployed(deployment));
                }
            }
            found.addAll(nextFlags.problems());
            found.addAll(nextDeployments.problems());
            found.addAll(nextCohorts.problems());
            ProjectKeys.addAll(allCompiled().problems(), place);
            reportUnknownDependencies();
            return new CompiledProject(
                    next,
                    nextFlags,
                    nextDeployments,
                    nextCohorts,
                    nextProject,
                    nextForms,
                    Map.copyOf(nextCompiled),
                    Map.copyOf(nextServed),
                    Map.copyOf(nextDeployed),
                    found);
        }

        private CompiledFlags allCompiled() {
            return nextCompiled.getOrDefault(ALL, allFlags());
        }

        private Project project(long revision) {
            boolean sameCohorts = nextCohorts == cohorts && !dependsOnRevision();
            Row row = next.project();
            if (sameCohorts && row == rows.project()) {
                return project;
            }
            ProjectSettings settings = row == null ? null : new RowReader(found).project(row);
            return new Project(
                    next.key(),
                    settings == null ? null : settings.apiKey(),
                    settings == null ? null : settings.secretKey(),
                    sameCohorts ? project.cohorts() : cohorts(revision));
        }

        private Cohorts cohorts(long revision) {
            return Cohorts.of(nextCohorts.elements().stream()
                    .map(cohort -> cohort.at(Math.max(1, revision)))
                    .toList());
        }

        private DeployedFlags deployed(Deployment deployment) {
            Audience audience = Audience.of(deployment);
            CompiledFlags own = nextCompiled.computeIfAbsent(audience.selection(), this::compileSelection);
            ServedFlags set = nextServed.computeIfAbsent(audience, absent -> served(absent, own));
            DeployedFlags before = deployed.get(deployment.key());
            DeployedFlags after =
                    new DeployedFlags(nextProject, deployment, own, set, new ExactFlags(deployment, definitions));
            return before != null && before.isSameAs(after) ? before : after;
        }

        private CompiledFlags compileSelection(Set<String> selection) {
            CompiledFlags before = compiled.get(selection);
            if (before != null && nextFlags == flags) {
                return before;
            }
            List<Flag> subset = selected.with(selection);
            return before == null ? CompiledFlags.compile(subset) : before.recompile(subset);
        }

        private ServedFlags served(Audience audience, CompiledFlags own) {
            ServedFlags before = served.get(audience);
            if (before != null && own == compiled.get(audience.selection())) {
                return before;
            }
            List<ServedFlag> sound = nextForms.served(own.planAll().flags());
            if (audience.remoteRules()) {
                return ServedFlags.of(sound, before);
            }
            List<ServedFlag> stubbed = FlagStubs.hideRemote(sound);
            return audience.type() == Deployment.Type.CLIENT
                    ? ServedFlags.of(stubbed, before)
                    : ServedFlags.withStubs(stubbed, sound, before);
        }

        /** Cohorts are not checked: they may come from an upload or an upstream. */
        private void reportUnknownDependencies() {
            References references = new References(selected::has, key -> null, null);
            for (Flag flag : all) {
                if (!flag.dependencies().isEmpty()) {
                    references.addErrors(flag, place.member("flags").member(flag.key()));
                }
            }
        }

        /** A deployment may name flags that do not exist. The others are served. */
        private void reportUnknownFlags(Deployment deployment, Problems deploymentPlace) {
            if (!deployment.hasAllFlags()) {
                for (int i = 0; i < deployment.flags().size(); i++) {
                    if (!selected.has(deployment.flags().get(i))) {
                        deploymentPlace
                                .member("flags")
                                .element(i)
                                .add(
                                        "",
                                        "no flag has the key '"
                                                + deployment.flags().get(i) + "'");
                    }
                }
            }
        }
    }
}
