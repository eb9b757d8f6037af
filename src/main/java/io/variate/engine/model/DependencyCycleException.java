package io.variate.engine.model;

import java.util.List;

/** Flags that depend on each other in a circle, so that there is no order to evaluate them in. */
public final class DependencyCycleException extends RuntimeException {

    private final transient List<String> keys;

    DependencyCycleException(List<String> keys) {
        super("flags depend on each other in a circle: " + String.join(" -> ", keys));
        this.keys = List.copyOf(keys);
    }

    /** The flags of the circle, each depending on the next; the first one again at the end. */
    public List<String> keys() {
        return keys;
    }
}
