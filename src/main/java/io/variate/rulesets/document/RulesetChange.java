package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of a ruleset, checked by itself, and applied to whatever rows the database has. Immutable. Both checking and
 * applying block: call them on a worker thread.
 */
public interface RulesetChange {

    /**
     * Applies the change.
     *
     * @param present the rows before the change
     * @throws InvalidRulesetException if the rows would have errors; paths are those in a whole document
     * @throws UnknownElementException if the change refers to a project or a flag that does not exist
     */
    Outcome applyTo(RowSet present);

    /** Flags that the check has read and compiled, so that nobody needs to do so again once they are stored. */
    default KnownFlags flags() {
        return KnownFlags.NONE;
    }

    /**
     * The outcome of a change.
     *
     * @param rows the rows after the change, with the present instances where nothing has changed
     * @param warnings what is valid but may not be intended
     */
    record Outcome(RowSet rows, List<Problem> warnings) {}

    /**
     * Replaces everything.
     *
     * @throws InvalidRulesetException if the document has errors
     */
    static RulesetChange replaceAll(CheckedRuleset document) {
        return new DocumentReplacement(document.requireForm());
    }

    /**
     * Replaces or adds one project.
     *
     * @param checked a document that has only this project
     * @throws InvalidRulesetException if the project has errors
     */
    static RulesetChange replaceProject(String project, CheckedRuleset checked) {
        return new ProjectReplacement(project, checked.requireForm());
    }

    /** Removes one project with everything in it. */
    static RulesetChange removeProject(String project) {
        return new ProjectRemoval(project);
    }

    /**
     * Replaces one flag, or adds it at the end of its project.
     *
     * @param json the flag as in a document
     * @param known finds the other flags of the project; unknown ones are read if a dependency leads to them
     * @throws InvalidRulesetException if the flag has errors
     */
    static RulesetChange replaceFlag(String project, String flag, String json, KnownFlags known) {
        RulesetReader.requireProjectKey(project);
        String path = ProjectKeys.of(project, new Problems("", List.of()))
                .member("flags")
                .member(flag)
                .path();
        ElementChange change = new ElementChange(RowKind.FLAG, project, flag, json, path);
        return ElementChanges.of(List.of(ChangedElement.read(change, known).requireNoErrors()), known);
    }

    /**
     * Removes one flag.
     *
     * @param known finds the other flags of the project, as in {@link #replaceFlag}
     */
    static RulesetChange removeFlag(String project, String flag, KnownFlags known) {
        return new FlagRemoval(project, flag, known);
    }

    /**
     * Rejects a change that would leave a deployment without flags, a project without deployments, or the ruleset without
     * either. Applying it throws {@link WouldBeEmptyException}. A project that is removed is not left.
     */
    static RulesetChange unlessEmpty(RulesetChange change) {
        return new UnlessEmpty(change);
    }

    /**
     * Changes elements as one. An element whose definition is the stored one changes nothing and is not checked. A new
     * element goes to the end of its kind and project, and the last of several changes of one element counts. A named
     * project comes into being by a change of kind {@link RowKind#PROJECT}.
     *
     * @param changes of any kinds and projects
     * @param known finds other flags; unknown ones are read if a reference leads to them
     * @param force whether the change is exempt from {@link #unlessEmpty}
     * @throws InvalidRulesetException if a definition is not JSON; other errors are thrown when the change is applied
     */
    static RulesetChange elements(List<ElementChange> changes, KnownFlags known, boolean force) {
        return elements(changes, known, force, null);
    }

    /**
     * As {@link #elements(List, KnownFlags, boolean)}.
     *
     * @param unnamedApiKey the API key of the project without a name in the settings of this node, which named projects and
     *     their deployments must not have; null if the settings have none
     */
    static RulesetChange elements(
            List<ElementChange> changes, KnownFlags known, boolean force, @Nullable String unnamedApiKey) {
        RulesetChange read = ElementChanges.of(
                changes.stream()
                        .map(change -> ChangedElement.read(change, known))
                        .toList(),
                known,
                unnamedApiKey);
        return force ? read : unlessEmpty(read);
    }
}
