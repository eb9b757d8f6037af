package io.variate.engine.model;

import java.util.List;

/** Reports a dependency cycle: no evaluation order exists. */
public final class DependencyCycleException extends RuntimeException {

    private final transient List<String> keys;

    DependencyCycleException(List<String> keys) {
        super("dependency cycle: " + String.join(" -> ", keys));
        this.keys = List.copyOf(keys);
    }

    /** The flags of the cycle, each depending on the next; the first one is repeated at the end. */
    public List<String> keys() {
        return keys;
    }
}
