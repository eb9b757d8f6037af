package io.variate.rulesets.document;

import io.variate.json.Problems;
import java.util.HashMap;
import java.util.Map;

/** The paths where keys are used first. Not thread-safe. */
final class FirstUses {
    private final Map<String, String> pathsByKey = new HashMap<>();

    /**
     * Records a use. Reports a repeated key by the path of its first use, not by its value, because some keys are secret.
     *
     * @param problems the problems of the place that has the key
     * @return whether this is the first use
     */
    boolean add(String key, Problems problems) {
        String earlier = pathsByKey.putIfAbsent(key, problems.path());
        if (earlier != null) {
            problems.add("", "is the same as " + earlier);
        }
        return earlier == null;
    }

    /**
     * Reports a key of another kind that has been used here.
     *
     * @param problems the problems of the place that has the key
     */
    void reject(String key, Problems problems) {
        String earlier = pathsByKey.get(key);
        if (earlier != null) {
            problems.add("", "is the same as " + earlier);
        }
    }
}
