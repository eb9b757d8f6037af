package io.variate.management.preview;

import io.variate.engine.Membership;
import io.variate.engine.model.Flag;
import java.util.List;

/**
 * The flags of a project and the members of its cohorts, before or after a change. Immutable.
 *
 * @param flags with distinct keys, in document order
 * @param membership the cohorts of the project
 */
public record ProjectState(List<Flag> flags, Membership membership) {
    public ProjectState {
        flags = List.copyOf(flags);
    }
}
