package io.variate.management.translation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** An order of variants that agrees with lists of some of them. Not thread-safe. */
final class VariantOrder {
    private final Map<String, Set<String>> earlier = new LinkedHashMap<>();

    /** The order in which a document lists the variants, which decides where nothing else does. */
    VariantOrder(Collection<String> listed) {
        listed.forEach(variant -> earlier.put(variant, new LinkedHashSet<>()));
    }

    /** Requires the order of a list. Unknown variants are ignored. */
    void require(List<String> some) {
        for (int i = 1; i < some.size(); i++) {
            Set<String> before = earlier.get(some.get(i));
            if (before != null && earlier.containsKey(some.get(i - 1))) {
                before.add(some.get(i - 1));
            }
        }
    }

    /** Returns the order; contradictions are resolved by the order of the document. */
    List<String> order() {
        List<String> ordered = new ArrayList<>();
        Set<String> rest = new LinkedHashSet<>(earlier.keySet());
        while (!rest.isEmpty()) {
            String next = rest.stream()
                    .filter(variant -> Objects.requireNonNull(earlier.get(variant)).stream()
                            .noneMatch(rest::contains))
                    .findFirst()
                    .orElse(rest.iterator().next());
            ordered.add(next);
            rest.remove(next);
        }
        return ordered;
    }
}
