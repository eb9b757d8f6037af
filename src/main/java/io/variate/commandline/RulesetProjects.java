package io.variate.commandline;

import io.variate.engine.CompiledFlags;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.ProjectDocument;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The projects of a ruleset, of which a line uses one. Single-threaded. */
final class RulesetProjects {
    private static final int MAX_LISTED = 10;

    private final CheckedRuleset ruleset;
    private final @Nullable String preselected;
    private final Set<String> keys = new LinkedHashSet<>();
    private final Map<String, List<String>> projectsByFlag = new HashMap<>();

    /**
     * @param preselected the project of lines that name none, or null
     * @throws UsageException if the ruleset does not have that project
     */
    RulesetProjects(CheckedRuleset ruleset, @Nullable String preselected) {
        this.ruleset = ruleset;
        this.preselected = preselected;
        for (ProjectDocument project : ruleset.document().projects()) {
            keys.add(project.key());
            project.flags().forEach(flag -> projectsByFlag
                    .computeIfAbsent(flag.flag().key(), absent -> new ArrayList<>())
                    .add(project.key()));
        }
        if (preselected != null && !keys.contains(preselected)) {
            throw new UsageException("the ruleset has no project '" + preselected + "'; " + listed());
        }
    }

    /** Whether a problem of the document concerns the selected project, or no particular one. */
    boolean selects(String path) {
        if (preselected == null || !path.startsWith("projects")) {
            return true;
        }
        String project = ProjectDocument.path(preselected);
        return path.equals(project) || path.startsWith(project + ".") || path.startsWith(project + "[");
    }

    /**
     * The flags for a line.
     *
     * @param named the project that the line names, or null
     * @param flagKeys the flags that the line requests; empty for all
     * @throws RejectedLineException if it is not clear which project is meant, or the ruleset does not have it
     */
    CompiledFlags flags(@Nullable String named, List<String> flagKeys) {
        String project = named == null ? preselected : named;
        if (project == null) {
            project = onlyProject(flagKeys);
        }
        if (!keys.contains(project)) {
            throw new RejectedLineException(
                    new LineError("unknown_project", "the ruleset has no such project; " + listed(), "project"));
        }
        return ruleset.flags(project);
    }

    private String onlyProject(List<String> flagKeys) {
        Set<String> candidates = new LinkedHashSet<>();
        if (keys.size() == 1) {
            candidates = keys;
        } else {
            for (String flag : flagKeys) {
                candidates.addAll(projectsByFlag.getOrDefault(flag, List.of()));
            }
        }
        if (candidates.size() != 1) {
            throw new RejectedLineException(new LineError(
                    "project_required",
                    "is required here or as --project, because the ruleset has several projects; " + listed(),
                    "project"));
        }
        return candidates.iterator().next();
    }

    private String listed() {
        List<String> names = keys.stream()
                .map(key -> key.isEmpty() ? "\"\" (the project without a name)" : key)
                .limit(MAX_LISTED)
                .toList();
        String more = keys.size() > MAX_LISTED ? " and " + (keys.size() - MAX_LISTED) + " more" : "";
        return names.isEmpty() ? "it has none" : "projects: " + String.join(", ", names) + more;
    }
}
