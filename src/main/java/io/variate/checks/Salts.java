package io.variate.checks;

import io.variate.engine.model.Bucket;
import io.variate.engine.model.Flag;
import io.variate.json.Problems;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The salts of the flags of one project, to warn of flags that draw the same users. Each salt is reported once, because
 * thousands of flags may share one. Not thread-safe.
 */
public final class Salts {
    private final Map<String, Use> firstUses = new HashMap<>();

    /** The first flag with a salt, and whether the salt was reported. */
    private static final class Use {
        private final String flag;
        private boolean isReported;

        Use(String flag) {
            this.flag = flag;
        }
    }

    /** The salts of a flag that are not empty, each with the first segment that has it. */
    static Map<String, Integer> of(Flag flag) {
        Map<String, Integer> salts = Map.of();
        for (int i = 0; i < flag.segments().size(); i++) {
            Bucket bucket = flag.segments().get(i).bucket();
            if (bucket != null && !bucket.salt().isEmpty()) {
                salts = salts.isEmpty() ? new LinkedHashMap<>() : salts;
                salts.putIfAbsent(bucket.salt(), i);
            }
        }
        return salts;
    }

    /**
     * Adds a flag, and warns if an earlier one has the same salt.
     *
     * @param place collects problems, at the path of the flag
     */
    public void add(Flag flag, Problems place) {
        of(flag).forEach((salt, segment) -> {
            Use earlier = firstUses.putIfAbsent(salt, new Use(flag.key()));
            if (earlier != null && !earlier.isReported) {
                earlier.isReported = true;
                addShared(earlier.flag, segment, place);
            }
        });
    }

    /** Warns of a salt in a segment that another flag has. */
    static void addShared(String other, int segment, Problems place) {
        new FlagPlace(place)
                .bucket(segment)
                .member("salt")
                .warn("", "is also a salt of the flag '" + other + "', so both put the same users into the same parts");
    }
}
