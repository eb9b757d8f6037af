package io.variate.engine;

import java.util.List;

/**
 * All context paths that the selectors of some flags use, so that a user is read once and no further than needed. Grows
 * while a plan is compiled; immutable afterwards.
 */
final class PropertyPaths {

    private static final int UNKNOWN = -1;

    private int size;
    private final PathNode root;
    private final PathNode groups;
    private final PathNode user;
    private final PathNode userId;
    private final PathNode deviceId;
    private final PathNode cohortIds;

    /** Members of a user object that move to {@code context.groups}. */
    private final PathNode groupNames;

    private final PathNode groupProperties;
    private final PathNode groupCohortIds;

    PropertyPaths() {
        this(new PathNode("", 0), 1);
        userId.select();
        deviceId.select();
    }

    private PropertyPaths(PathNode root, int size) {
        this.size = size;
        this.root = root;
        groups = child(root, "groups");
        user = child(root, "user");
        userId = child(user, "user_id");
        deviceId = child(user, "device_id");
        cohortIds = child(user, "cohort_ids");
        groupNames = child(user, "groups");
        groupProperties = child(user, "group_properties");
        groupCohortIds = child(user, "group_cohort_ids");
    }

    /** Returns a copy with the same numbers, to which further paths may be added. */
    PropertyPaths copy() {
        return new PropertyPaths(root.copy(), size);
    }

    /**
     * Returns the number of the property at a path, or a negative number unless the path was added.
     *
     * @param keys the keys after {@code context}
     */
    int find(List<String> keys) {
        PathNode at = root;
        for (String key : keys) {
            PathNode child = at.find(key);
            if (child == null) {
                return UNKNOWN;
            }
            at = child;
        }
        return at.isSelected() ? at.number() : UNKNOWN;
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
        PathNode added = new PathNode(key, size++);
        parent.add(added);
        return added;
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
