package io.variate.rulesets.document;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first project that has a flag with a key, to report dependencies that leave their project. Creates its index at
 * the first use, because hardly any dependency does. Not thread-safe.
 */
final class FlagOwners implements Function<String, @Nullable String> {
    private final Supplier<Map<String, String>> index;
    private @Nullable Map<String, String> projectsByFlag;

    private FlagOwners(Supplier<Map<String, String>> index) {
        this.index = index;
    }

    /** The projects of a document. */
    static FlagOwners of(RulesetDocument document) {
        return new FlagOwners(() -> {
            Map<String, String> projects = new HashMap<>();
            for (ProjectDocument project : document.projects()) {
                project.flags().forEach(flag -> projects.putIfAbsent(flag.flag().key(), project.key()));
            }
            return projects;
        });
    }

    /** The project, as messages name it, or null. */
    @Override
    public @Nullable String apply(String flag) {
        Map<String, String> projects = projectsByFlag;
        if (projects == null) {
            projects = index.get();
            projectsByFlag = projects;
        }
        String project = projects.get(flag);
        return project == null ? null : ProjectKeys.name(project);
    }
}
