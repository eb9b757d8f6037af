package io.variate.rulesets.document;

import io.variate.checks.FlagChange;
import io.variate.checks.FlagErrors;
import io.variate.checks.FlagWarnings;
import io.variate.checks.References;
import io.variate.checks.Salts;
import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset document, compiled, with all its problems, for authors of flags. Immutable. Needs no running node. Checking is
 * expensive, except for flags of an earlier check.
 */
public final class CheckedRuleset {
    private final RulesetReader.Reading reading;
    private final RulesetDocument document;
    private final Map<String, KnownProject> compiledByKey = new HashMap<>();
    private final KnownFlags earlier;
    private final List<Suspect> suspects = new ArrayList<>();
    private final List<Problem> problems;

    private CheckedRuleset(RulesetReader.Reading reading, KnownFlags known) {
        this.reading = reading;
        this.earlier = known;
        document = reading.document();
        List<Problem> found = new ArrayList<>(reading.problems());
        for (ProjectDocument project : document.projects()) {
            KnownProject compiled = compile(project, known.project(project.key()));
            compiledByKey.put(project.key(), compiled);
            ProjectKeys.addAll(compiled.compiled().problems(), reading.place(project, found));
        }
        FlagOwners owners = FlagOwners.of(document);
        for (ProjectDocument project : document.projects()) {
            check(project, known, owners, reading.place(project, found));
        }
        document.projects().forEach(project -> StorageLimits.check(project, reading.place(project, found)));
        problems =
                found.stream().sorted(Comparator.comparing(Problem::severity)).toList();
    }

    /**
     * Checks a document.
     *
     * @throws InvalidRulesetException if the text is not JSON or not an object, or has both forms of projects
     */
    public static CheckedRuleset ofDocument(String json) {
        return ofDocument(json, KnownFlags.NONE);
    }

    /**
     * Checks a document, and reuses what is known of flags that have not changed.
     *
     * @param known flags that need not be read and compiled again
     * @throws InvalidRulesetException as {@link #ofDocument(String)}
     */
    public static CheckedRuleset ofDocument(String json, KnownFlags known) {
        return new CheckedRuleset(RulesetReader.read(json, known), known);
    }

    /**
     * Checks a document, or a list of flags, which stands for a document with these flags only.
     *
     * @throws InvalidRulesetException if the text is not JSON, or neither an object nor a list
     */
    public static CheckedRuleset ofDocumentOrFlags(String json) {
        return new CheckedRuleset(RulesetReader.readDocumentOrFlags(json), KnownFlags.NONE);
    }

    /**
     * Checks one project as a document that has only this project.
     *
     * @throws InvalidRulesetException if the text is not JSON or not an object, or no project may have the key
     */
    public static CheckedRuleset ofProject(String key, String json, KnownFlags known) {
        return new CheckedRuleset(RulesetReader.readProject(key, json, known), known);
    }

    private static KnownProject compile(ProjectDocument project, @Nullable KnownProject known) {
        List<Flag> flags = project.flags().stream().map(DefinedFlag::flag).toList();
        return new KnownProject(project.flags(), known == null ? CompiledFlags.compile(flags) : known.compile(flags));
    }

    /** Checks the flags of a project: what they mean, what they refer to and how SDKs get them. */
    private void check(ProjectDocument project, KnownFlags known, FlagOwners owners, Problems place) {
        Map<String, Flag> byKey = new HashMap<>();
        project.flags().forEach(flag -> byKey.put(flag.flag().key(), flag.flag()));
        Set<String> uploaded = known.uploadedCohorts(project.key());
        References references =
                new References(byKey::containsKey, owners, KnownCohorts.of(project.cohortIds(), uploaded));
        Predicate<String> servedWithStubs = FlagAdvice.servedWithStubs(project.deployments());
        Problems flags = place.member(ProjectReader.FLAGS);
        Salts salts = new Salts();
        boolean breaksCalls = false;
        for (DefinedFlag flag : project.flags()) {
            Problems flagPlace = flags.member(flag.flag().key());
            addErrors(project, flag, references, flagPlace);
            FlagWarnings.add(flag.flag(), flagPlace);
            salts.add(flag.flag(), flagPlace);
            breaksCalls |= new FlagAdvice(flag, flagPlace).addOwn();
        }
        Set<String> withheld = breaksCalls ? LocalDelivery.withheld(byKey.values()) : Set.of();
        for (DefinedFlag flag : project.flags()) {
            if (!flag.flag().dependencies().isEmpty()) {
                FlagAdvice advice =
                        new FlagAdvice(flag, flags.member(flag.flag().key()));
                advice.addStubs(byKey::get, servedWithStubs);
                advice.addWithheld(withheld);
            }
        }
    }

    private void addErrors(ProjectDocument project, DefinedFlag flag, References references, Problems place) {
        int before = place.found().size();
        FlagErrors.add(flag.flag(), place);
        references.addErrors(flag.flag(), place);
        if (place.found().size() > before) {
            List<Problem> own = place.found().subList(before, place.found().size());
            suspects.add(new Suspect(project, flag, List.copyOf(own)));
        }
    }

    /**
     * A flag with errors of meaning. They reject a document only if it changes the flag or removes what the flag refers to:
     * the flag may have been written with an earlier release, or from elsewhere.
     */
    private record Suspect(ProjectDocument project, DefinedFlag flag, List<Problem> errors) {

        /** The errors that a document does not cause. */
        Set<Problem> notCaused(@Nullable ProjectRows before, Set<String> uploaded, Problems place) {
            if (before == null || !isStored(before)) {
                return Set.of();
            }
            Set<String> removedFlags = new HashSet<>();
            before.flags().forEach(row -> removedFlags.add(row.key().key()));
            project.flags().forEach(kept -> removedFlags.remove(kept.flag().key()));
            Set<String> removedCohorts = KnownCohorts.ids(before);
            removedCohorts.removeAll(project.cohortIds());
            removedCohorts.removeAll(uploaded);
            new References(key -> !removedFlags.contains(key), key -> null, id -> !removedCohorts.contains(id))
                    .addErrors(flag.flag(), place);
            Set<String> caused = new HashSet<>();
            place.found().forEach(problem -> caused.add(problem.path()));
            return errors.stream()
                    .filter(problem -> !caused.contains(problem.path()))
                    .collect(Collectors.toSet());
        }

        private boolean isStored(ProjectRows rows) {
            return rows.flags().stream()
                    .anyMatch(row -> row.key().key().equals(flag.flag().key())
                            && row.definition().equals(flag.definition()));
        }
    }

    /** The valid part of the document. */
    public RulesetDocument document() {
        return document;
    }

    /** All valid flags of the project without a name, independent of deployments. */
    public CompiledFlags flags() {
        KnownProject unnamed = compiledByKey.get(ProjectKeys.UNNAMED);
        return unnamed == null ? CompiledFlags.compile(List.of()) : unnamed.compiled();
    }

    /** All valid flags of a project of the document, independent of deployments. */
    public CompiledFlags flags(String project) {
        return Objects.requireNonNull(compiledByKey.get(project), "no such project")
                .compiled();
    }

    /** The flags of the document, read and compiled. */
    public KnownFlags known() {
        return compiledByKey::get;
    }

    /** All problems with their paths, errors first, including advice for authors. */
    public List<Problem> problems() {
        return problems;
    }

    /**
     * Checks the document against the rows that it replaces.
     *
     * @param present rows of all projects; only those that the document has count
     * @return all warnings
     * @throws InvalidRulesetException if the document changes a flag to one with errors, or breaks a flag
     */
    List<Problem> check(RowSet present) {
        Set<Problem> tolerated = new HashSet<>();
        for (Suspect suspect : suspects) {
            String project = suspect.project().key();
            Problems place = flagPlace(suspect.project(), suspect.flag(), new ArrayList<>());
            tolerated.addAll(suspect.notCaused(present.project(project), earlier.uploadedCohorts(project), place));
        }
        List<Problem> found = new ArrayList<>();
        for (Problem problem : problems) {
            found.add(tolerated.contains(problem) ? problem.asWarning() : problem);
        }
        for (ProjectDocument project : document.projects()) {
            ProjectRows rows = present.project(project.key());
            if (rows != null) {
                addRemovedCohorts(project, rows, found);
                addChanges(project, rows, found);
            }
        }
        if (found.stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(found);
        }
        return found;
    }

    private Problems flagPlace(ProjectDocument project, DefinedFlag flag, List<Problem> found) {
        return reading.place(project, found)
                .member(ProjectReader.FLAGS)
                .member(flag.flag().key());
    }

    /** Reports uses of the last cohorts of a project. While it has some, unknown cohorts are reported anyway. */
    private void addRemovedCohorts(ProjectDocument project, ProjectRows before, List<Problem> found) {
        Set<String> removed = KnownCohorts.ids(before);
        boolean isKnown = !project.cohorts().isEmpty()
                || !earlier.uploadedCohorts(project.key()).isEmpty();
        if (!isKnown && !removed.isEmpty()) {
            for (DefinedFlag flag : project.flags()) {
                References.addUses(flag.flag(), removed, flagPlace(project, flag, found));
            }
        }
    }

    /** Adds warnings for flags that differ from their rows. */
    private void addChanges(ProjectDocument project, ProjectRows rows, List<Problem> found) {
        RowReader reader = new RowReader(new ArrayList<>());
        Map<String, Row> before = new HashMap<>();
        rows.flags().forEach(row -> before.put(row.key().key(), row));
        for (DefinedFlag flag : project.flags()) {
            Row row = before.get(flag.flag().key());
            DefinedFlag replaced = row == null || row.definition().equals(flag.definition()) ? null : reader.flag(row);
            if (replaced != null) {
                new FlagChange(replaced.flag(), flag.flag()).addWarnings(flagPlace(project, flag, found));
            }
        }
    }

    /**
     * Rejects the API key of the project without a name, which is in the settings of each node, in named projects: whoever
     * sends it would belong to two projects.
     *
     * @param apiKey the key, or null if the settings have none
     * @return this ruleset
     * @throws InvalidRulesetException if a named project or its deployments have the key
     */
    public CheckedRuleset rejectKeyOfUnnamedProject(@Nullable String apiKey) {
        List<Problem> found = new ArrayList<>();
        if (apiKey != null) {
            document.projects().stream()
                    .filter(ProjectDocument::isNamed)
                    .forEach(project -> project.addUses(apiKey, reading.place(project, found)));
        }
        if (!found.isEmpty()) {
            throw new InvalidRulesetException(found);
        }
        return this;
    }

    /** This ruleset. @throws InvalidRulesetException if it has errors, whatever the stored rows are */
    CheckedRuleset requireForm() {
        Set<Problem> ofMeaning = new HashSet<>();
        suspects.forEach(suspect -> ofMeaning.addAll(suspect.errors()));
        if (problems.stream().anyMatch(problem -> problem.isError() && !ofMeaning.contains(problem))) {
            throw new InvalidRulesetException(problems);
        }
        return this;
    }
}
