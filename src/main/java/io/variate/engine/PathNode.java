package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.json.KeyIndex;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A place in the context that selectors lead to or through. The nodes of a tree have numbers, by which an array holds
 * what was found. Immutable once the plan that it belongs to is made.
 */
public final class PathNode implements KeyIndex<PathNode> {

    /** Stands for an object of which only parts are wanted. */
    private static final Property PRESENT = new Property("");

    private static final PathNode[] EMPTY_TABLE = {};

    private final String key;
    private final int number;
    private final Map<String, PathNode> children = new LinkedHashMap<>();
    private boolean selected;

    /** Open addressing by the hash of the key; a power of two long and at most half full. */
    private @Nullable PathNode[] table = EMPTY_TABLE;

    PathNode(String key, int number) {
        this.key = key;
        this.number = number;
    }

    int number() {
        return number;
    }

    /** Whether a selector ends here, rather than only passing through. */
    boolean isSelected() {
        return selected;
    }

    void select() {
        selected = true;
    }

    /** Whether a selector ends here or below. */
    boolean isWanted() {
        return selected || hasChildren();
    }

    boolean hasChildren() {
        return table.length > 0;
    }

    void add(PathNode child) {
        children.put(child.key, child);
        if (children.size() * 2 > table.length) {
            table = new PathNode[Math.max(4, table.length * 4)];
            children.values().forEach(this::place);
        } else {
            place(child);
        }
    }

    private void place(PathNode child) {
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

    /** Takes what is wanted from a tree that stands at this place. */
    void take(@Nullable Object tree, @Nullable Property[] found) {
        forget(found);
        if (tree == null) {
            return;
        }
        if (selected) {
            found[number] = new Property(tree);
        }
        if (tree instanceof Map<?, ?> members && hasChildren()) {
            passThrough(found);
            for (PathNode child : children.values()) {
                child.take(members.get(child.key), found);
            }
        }
    }

    /** Notes that parts of this place are about to be found. */
    void passThrough(@Nullable Property[] found) {
        if (!selected) {
            found[number] = PRESENT;
        }
    }

    /** Forgets what was found here and below: of members with the same key, the last one counts. */
    void forget(@Nullable Property[] found) {
        if (found[number] != null) {
            found[number] = null;
            for (PathNode child : children.values()) {
                child.forget(found);
            }
        }
    }
}
