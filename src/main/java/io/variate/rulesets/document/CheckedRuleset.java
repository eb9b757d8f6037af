package io.variate.rulesets.document;

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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A ruleset document, compiled, with all its problems, for authors of flags. Immutable. Needs no running node. Checking is
 * expensive, except for flags of an earlier check.
 */
public final class CheckedRuleset {
    private final RulesetReader.Reading reading;
    private final RulesetDocument document;
    private final Map<String, KnownProject> compiledByKey = new HashMap<>();
    private final List<Problem> problemsOfContent;
    private final List<Problem> problems;

    private CheckedRuleset(RulesetReader.Reading reading, KnownFlags known) {
        this.reading = reading;
        document = reading.document();
        List<Problem> found = new ArrayList<>(reading.problems());
        for (ProjectDocument project : document.projects()) {
            KnownProject compiled = compile(project, known.project(project.key()));
            compiledByKey.put(project.key(), compiled);
            ProjectKeys.addAll(compiled.compiled().problems(), reading.place(project, found));
        }
        problemsOfContent = List.copyOf(found);
        Function<String, @Nullable String> owners = FlagOwners.of(document);
        for (ProjectDocument project : document.projects()) {
            advise(project, owners, reading.place(project, found));
        }
        if (found.stream().noneMatch(Problem::isError)) {
            // Invalid elements are left out of the document, so before this its indexes differ from those of the text.
            document.projects().forEach(project -> StorageLimits.check(project, reading.place(project, found)));
        }
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

    private static void advise(ProjectDocument project, Function<String, @Nullable String> owners, Problems place) {
        Map<String, Flag> byKey = new HashMap<>();
        project.flags().forEach(flag -> byKey.put(flag.flag().key(), flag.flag()));
        Predicate<String> servedWithStubs = FlagAdvice.servedWithStubs(project.deployments());
        Problems flags = place.member("flags");
        boolean breaksCalls = false;
        for (int i = 0; i < project.flags().size(); i++) {
            breaksCalls |= new FlagAdvice(project.flags().get(i), flags.element(i)).addOwn();
        }
        Set<String> withheld = breaksCalls ? LocalDelivery.withheld(byKey.values()) : Set.of();
        for (int i = 0; i < project.flags().size(); i++) {
            DefinedFlag flag = project.flags().get(i);
            if (!flag.flag().dependencies().isEmpty()) {
                FlagAdvice advice = new FlagAdvice(flag, flags.element(i));
                advice.addStubs(byKey::get, servedWithStubs);
                advice.addWithheld(withheld);
                advice.addForeign(byKey::containsKey, owners);
            }
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

    /** The problems that a running node reports as well: elements left out, and conditions that never hold. */
    public List<Problem> problemsOfContent() {
        return problemsOfContent;
    }

    /** All problems with their paths, errors first, including advice for authors. */
    public List<Problem> problems() {
        return problems;
    }

    /** Adds a warning for each flag that changes stored rows without a new version. */
    void addVersions(RowSet present, List<Problem> found) {
        RowReader reader = new RowReader(new ArrayList<>());
        for (ProjectDocument project : document.projects()) {
            Problems flags = reading.place(project, found).member("flags");
            ProjectRows rows = present.project(project.key());
            Map<String, Row> before = new HashMap<>();
            if (rows != null) {
                rows.flags().forEach(row -> before.put(row.key().key(), row));
            }
            for (int i = 0; i < project.flags().size(); i++) {
                DefinedFlag flag = project.flags().get(i);
                Row row = before.get(flag.flag().key());
                DefinedFlag replaced =
                        row == null || row.definition().equals(flag.definition()) ? null : reader.flag(row);
                if (replaced != null) {
                    new FlagAdvice(flag, flags.element(i)).addVersion(replaced.flag());
                }
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

    /** This ruleset. @throws InvalidRulesetException if it has errors */
    CheckedRuleset requireNoErrors() {
        if (problems.stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(problems);
        }
        return this;
    }
}
