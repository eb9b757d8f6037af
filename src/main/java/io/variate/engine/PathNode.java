package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.json.KeyIndex;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node of the tree of context paths that selectors lead to or through. Its number is the index of its property in the
 * array of found properties. Immutable once its plan is complete.
 */
final class PathNode implements KeyIndex<PathNode> {

    /** Marks an object of which only parts are needed. */
    private static final Property PRESENT = new Property("");

    private static final PathNode[] EMPTY_TABLE = {};

    private final String key;
    private final int number;
    private final Map<String, PathNode> children = new LinkedHashMap<>();
    private boolean selected;

    /** A hash table with open addressing by key hash. Its length is a power of two, and it is at most half full. */
    private @Nullable PathNode[] table = EMPTY_TABLE;

    PathNode(String key, int number) {
        this.key = key;
        this.number = number;
    }

    /** Returns a deep copy with the same numbers. */
    PathNode copy() {
        PathNode copy = new PathNode(key, number);
        copy.selected = selected;
        children.values().forEach(child -> copy.add(child.copy()));
        return copy;
    }

    int number() {
        return number;
    }

    /** Whether a selector ends at this node. */
    boolean isSelected() {
        return selected;
    }

    void select() {
        selected = true;
    }

    /** Whether a selector ends at or below this node. */
    boolean isNeeded() {
        return selected || hasChildren();
    }

    boolean hasChildren() {
        return table.length > 0;
    }

    void add(PathNode child) {
        children.put(child.key, child);
        if (children.size() * 2 > table.length) {
            table = new PathNode[Math.max(4, table.length * 4)];
            children.values().forEach(this::insert);
        } else {
            insert(child);
        }
    }

    private void insert(PathNode child) {
        int at = spread(child.key.hashCode()) & (table.length - 1);
        while (table[at] != null) {
            at = (at + 1) & (table.length - 1);
        }
        table[at] = child;
    }

    private static int spread(int hash) {
        return hash ^ hash >>> 16;
    }

    @Override
    public @Nullable PathNode find(String childKey) {
        return children.get(childKey);
    }

    @Override
    public @Nullable PathNode find(String text, int start, int end, int hash) {
        @Nullable PathNode[] nodes = table;
        if (nodes.length == 0) {
            return null;
        }
        int at = spread(hash) & (nodes.length - 1);
        for (PathNode node = nodes[at]; node != null; node = nodes[at]) {
            if (node.key.length() == end - start && text.startsWith(node.key, start)) {
                return node;
            }
            at = (at + 1) & (nodes.length - 1);
        }
        return null;
    }

    /** Stores the needed properties of the tree at this path. */
    void collect(@Nullable Object tree, @Nullable Property[] found) {
        clear(found);
        if (tree == null) {
            return;
        }
        if (selected) {
            found[number] = new Property(tree);
        }
        if (tree instanceof Map<?, ?> members && hasChildren()) {
            markPresent(found);
            for (PathNode child : children.values()) {
                child.collect(members.get(child.key), found);
            }
        }
    }

    /** Marks this path as present, before parts of it are found. */
    void markPresent(@Nullable Property[] found) {
        if (!selected) {
            found[number] = PRESENT;
        }
    }

    /** Clears the properties found at and below this path: the last of duplicate keys wins. */
    void clear(@Nullable Property[] found) {
        if (found[number] != null) {
            found[number] = null;
            for (PathNode child : children.values()) {
                child.clear(found);
            }
        }
    }
}
