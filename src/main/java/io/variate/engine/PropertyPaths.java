package io.variate.engine;

import java.util.List;

/**
 * All context paths that the selectors of some flags use, so that a user is read once and no further than needed. Grows
 * while a plan is compiled; immutable afterwards.
 */
final class PropertyPaths {

    private int size;
    private final PathNode root = node("");
    private final PathNode groups = child(root, "groups");
    private final PathNode user = child(root, "user");
    private final PathNode userId = child(user, "user_id");
    private final PathNode deviceId = child(user, "device_id");
    private final PathNode cohortIds = child(user, "cohort_ids");

    /** Members of a user object that move to {@code context.groups}. */
    private final PathNode groupNames = child(user, "groups");

    private final PathNode groupProperties = child(user, "group_properties");
    private final PathNode groupCohortIds = child(user, "group_cohort_ids");

    PropertyPaths() {
        userId.select();
        deviceId.select();
    }

    /**
     * Adds the path of a selector.
     *
     * @param keys the keys after {@code context}
     * @return the number of its property
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

    /** The number of properties. */
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
     * Whether some selector uses the context or the user as a whole, or a member that moves to the groups. Reading only
     * the needed properties is then not enough.
     */
    boolean needsWholeUser() {
        return root.isSelected()
                || user.isSelected()
                || groupNames.isNeeded()
                || groupProperties.isNeeded()
                || groupCohortIds.isNeeded();
    }
}
