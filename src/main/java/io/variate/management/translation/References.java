package io.variate.management.translation;

import io.variate.management.model.Resource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the resources to which a resource refers, and those that refer to it. */
public interface References {

    /** Returns the resource with an id, archived or not; null if there is none. */
    @Nullable
    Resource find(long id);

    /**
     * Returns the groups that contain an experiment or a holdout group, without archived ones, by their ids: {@link
     * io.variate.management.model.MutexGroup}s and {@link io.variate.management.model.HoldoutGroup}s.
     */
    List<Resource> groupsOf(long member);

    /** Returns the keys of the flags and experiments that a deployment serves, without archived ones. */
    List<String> flagsOf(long deployment);

    /** Returns the flag, experiment or group with a key in a project, archived or not; null if there is none. */
    @Nullable
    Resource find(String project, String key);
}
