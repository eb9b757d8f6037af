package io.variate.engine;

import java.util.List;

/**
 * All places in the context that some flags ask for, so that a user is read once and only as far as anyone asks. Grows
 * while a plan is made; immutable afterwards.
 */
final class PropertyPaths {

    private int size;
    private final PathNode root = node("");
    private final PathNode groups = child(root, "groups");
    private final PathNode user = child(root, "user");
    private final PathNode userId = child(user, "user_id");
    private final PathNode deviceId = child(user, "device_id");
    private final PathNode cohortIds = child(user, "cohort_ids");

    /** Members of a user object that are about its groups, and become {@code context.groups}. */
    private final PathNode groupNames = child(user, "groups");

    private final PathNode groupProperties = child(user, "group_properties");
    private final PathNode groupCohortIds = child(user, "group_cohort_ids");

    PropertyPaths() {
        userId.select();
        deviceId.select();
    }

    /**
     * Notes that a selector asks for a place.
     *
     * @param keys from the context on
     * @return where the property will be found
     */
    int add(List<String> keys) {
        PathNode at = root;
        for (String key : keys) {
            at = child(at, key);
        }
        at.select();
        return at.number();
    }

    private PathNode child(PathNode parent, String key) {
        PathNode known = parent.find(key);
        if (known != null) {
            return known;
        }
        PathNode added = node(key);
        parent.add(added);
        return added;
    }

    private PathNode node(String key) {
        return new PathNode(key, size++);
    }

    /** How many properties can be found at most. */
    int size() {
        return size;
    }

    PathNode root() {
        return root;
    }

    PathNode groups() {
        return groups;
    }

    PathNode user() {
        return user;
    }

    PathNode userId() {
        return userId;
    }

    PathNode deviceId() {
        return deviceId;
    }

    PathNode cohortIds() {
        return cohortIds;
    }

    PathNode groupNames() {
        return groupNames;
    }

    PathNode groupProperties() {
        return groupProperties;
    }

    PathNode groupCohortIds() {
        return groupCohortIds;
    }

    /**
     * Whether some flag looks at the context or the user as a whole, or at members that leave the user for the groups:
     * then reading only what is asked for is not enough.
     */
    boolean needWholeUser() {
        return root.isSelected()
                || user.isSelected()
                || groupNames.isWanted()
                || groupProperties.isWanted()
                || groupCohortIds.isWanted();
    }
}
