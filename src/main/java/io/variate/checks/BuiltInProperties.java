package io.variate.checks;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The names that Amplitude's SDKs and its cloud give to the parts of a user. */
final class BuiltInProperties {
    /** The members of an evaluation context. */
    private static final Set<String> CONTEXT = Set.of("user", "groups");

    /** Members of a user that hold other values. */
    private static final Set<String> CONTAINERS = Set.of("user_properties", "group_properties", "groups", "cohort_ids");

    /** Members of a user with one value. */
    private static final Set<String> VALUES = Set.of(
            "user_id",
            "device_id",
            "amplitude_id",
            "country",
            "region",
            "dma",
            "city",
            "language",
            "platform",
            "version",
            "start_version",
            "os",
            "device_manufacturer",
            "device_brand",
            "device_model",
            "device_family",
            "device_type",
            "carrier",
            "ip_address",
            "library");

    private BuiltInProperties() {}

    /** Whether users have a value by this name. */
    static boolean hasValue(String name) {
        return VALUES.contains(name);
    }

    /** Whether users have an object or a list by this name, whose content applications choose. */
    static boolean isContainer(String name) {
        return CONTAINERS.contains(name);
    }

    /** A name that a step of a selector misses by one letter, or null. Further steps are names that applications choose. */
    static @Nullable String misspelt(List<String> selector, int step) {
        if (step == 1) {
            return CONTEXT.contains(selector.get(1)) ? null : nearest(selector.get(1), CONTEXT);
        }
        String name = selector.get(2);
        if (!selector.get(1).equals("user") || VALUES.contains(name) || CONTAINERS.contains(name)) {
            return null;
        }
        String value = nearest(name, VALUES);
        return value == null ? nearest(name, CONTAINERS) : value;
    }

    private static @Nullable String nearest(String name, Set<String> names) {
        return names.stream()
                .filter(candidate -> isOneEditAway(name, candidate))
                .sorted()
                .findFirst()
                .orElse(null);
    }

    /** Whether a letter was added, left out, replaced or swapped with the next one. */
    private static boolean isOneEditAway(String text, String other) {
        if (text.length() > other.length()) {
            return isOneEditAway(other, text);
        }
        int start = 0;
        while (start < text.length() && text.charAt(start) == other.charAt(start)) {
            start++;
        }
        int end = 0;
        while (end < text.length() - start
                && text.charAt(text.length() - 1 - end) == other.charAt(other.length() - 1 - end)) {
            end++;
        }
        int rest = text.length() - start - end;
        int otherRest = other.length() - start - end;
        boolean swapped = rest == 2
                && otherRest == 2
                && text.charAt(start) == other.charAt(start + 1)
                && text.charAt(start + 1) == other.charAt(start);
        return swapped || (rest <= 1 && otherRest == 1);
    }
}
