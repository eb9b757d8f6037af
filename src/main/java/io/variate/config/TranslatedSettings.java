package io.variate.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Settings translated from the configuration of another program, with the problems found there. Values may be secrets, so
 * this is no record: it prints nothing.
 *
 * <p>Not thread-safe: one thread fills it and then reads it.
 */
public final class TranslatedSettings {
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * Sets a setting.
     *
     * @param path such as {@code http.port}
     * @param value as text
     * @param origin where the value comes from, such as the name of a variable; a problem of the value names it
     */
    public void put(String path, String value, String origin) {
        values.put(path, value);
        origins.put(path, origin);
    }

    /** Adds a problem of the configuration: one sentence that names the place and what is allowed, without secrets. */
    public void problem(String problem) {
        problems.add(problem);
    }

    /** The values by path, secrets included, in the order in which they were set. */
    public Map<String, String> values() {
        return Collections.unmodifiableMap(values);
    }

    /** The problems found so far. */
    public List<String> problems() {
        return Collections.unmodifiableList(problems);
    }

    Map<String, String> origins() {
        return origins;
    }
}
