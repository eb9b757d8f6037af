package io.variate.http.events;

import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
import org.jspecify.annotations.Nullable;

/**
 * The sender of an upload.
 *
 * @param project key of its project; empty for the unnamed project
 * @param isOneOfSeveral whether the ruleset has named projects. Only the server states the project of an event then:
 *     otherwise the holder of any key could send events in the name of another project
 */
record Sender(String project, boolean isOneOfSeveral) {
    /** The name of the member with the project, in every event of a named project. */
    private static final String PROJECT = "project";

    /** @param ruleset the present ruleset, or null */
    static Sender of(@Nullable Ruleset ruleset, String project) {
        boolean isUnnamed = project.equals(ProjectKeys.UNNAMED);
        return new Sender(project, !isUnnamed || (ruleset != null && hasNamedProject(ruleset)));
    }

    private static boolean hasNamedProject(Ruleset ruleset) {
        return ruleset.projects().size() > (ruleset.project(ProjectKeys.UNNAMED) == null ? 0 : 1);
    }

    /** The event without a project that the client states, unless there are no projects. */
    UploadedEvent withoutOtherProject(UploadedEvent event) {
        return isOneOfSeveral && event.has(PROJECT) ? event.without(PROJECT) : event;
    }

    /** Adds the project of the sender, if it has a name. */
    EventJson addTo(EventJson text) {
        return project.equals(ProjectKeys.UNNAMED) ? text : text.put(PROJECT, project);
    }

    /** Identifies copies of an event of this sender; empty if the event has no identity. */
    String identity(UploadedEvent event) {
        String identity = event.identity();
        // Unlike every identity in the unnamed project, it begins with a letter.
        return identity.isEmpty() || project.equals(ProjectKeys.UNNAMED)
                ? identity
                : "p" + project.length() + project + identity;
    }
}
