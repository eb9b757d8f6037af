package io.variate.management.preview;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.management.preview.AffectedFlag.Kind;
import io.variate.rulesets.document.LocalDelivery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compares the flags of a project before and after a change, without users. */
final class AffectedFlags {
    private static final String COHORT_IDS = "cohort_ids";
    private static final String RESULT = "result";

    private final Map<String, Flag> before;
    private final Map<String, Flag> after;
    private final boolean cohortsDiffer;

    private AffectedFlags(List<Flag> before, List<Flag> after, boolean cohortsDiffer) {
        this.before = byKey(before);
        this.after = byKey(after);
        this.cohortsDiffer = cohortsDiffer;
    }

    /**
     * The flags that a change affects: in the order after it, then those that it removes.
     *
     * @param cohortsDiffer whether the change affects a cohort of the project
     */
    static List<AffectedFlag> of(List<Flag> before, List<Flag> after, boolean cohortsDiffer) {
        return new AffectedFlags(before, after, cohortsDiffer).find(before, after);
    }

    private List<AffectedFlag> find(List<Flag> listedBefore, List<Flag> listedAfter) {
        Map<String, Kind> own = new LinkedHashMap<>();
        keys().forEach(key -> {
            Kind kind = kind(before.get(key), after.get(key));
            if (kind != null) {
                own.put(key, kind);
            }
        });
        Set<String> moving = new HashSet<>();
        own.forEach((key, kind) -> {
            if (kind == Kind.COHORT || !haveSameRules(before.get(key), after.get(key))) {
                moving.add(key);
            }
        });
        listedAfter.stream()
                .filter(flag -> readsMoreThanKeys(flag, own.keySet()))
                .map(Flag::key)
                .forEach(moving::add);
        Set<String> affected = withDependents(listedBefore, listedAfter, own.keySet());
        Set<String> mayMove = withDependents(listedBefore, listedAfter, moving);
        List<AffectedFlag> found = new ArrayList<>();
        for (String key : keys()) {
            if (affected.contains(key)) {
                found.add(new AffectedFlag(key, own.getOrDefault(key, Kind.DEPENDENT), mayMove.contains(key)));
            }
        }
        return found;
    }

    private Collection<String> keys() {
        Set<String> keys = new LinkedHashSet<>(after.keySet());
        keys.addAll(before.keySet());
        return keys;
    }

    private static Set<String> withDependents(List<Flag> before, List<Flag> after, Set<String> keys) {
        return keys.isEmpty()
                ? Set.of()
                : LocalDelivery.withDependents(after, LocalDelivery.withDependents(before, keys));
    }

    /** Null if the flag itself is not affected. */
    private @Nullable Kind kind(@Nullable Flag was, @Nullable Flag is) {
        if (was == null) {
            return Kind.ADDED;
        }
        if (is == null) {
            return Kind.REMOVED;
        }
        if (!was.equals(is)) {
            return Kind.CHANGED;
        }
        return cohortsDiffer && targetsCohorts(is) ? Kind.COHORT : null;
    }

    /** Whether each user gets the same variant for equal results of dependencies and equal cohorts. */
    private boolean haveSameRules(@Nullable Flag was, @Nullable Flag is) {
        return was != null
                && is != null
                && was.dependencies().equals(is.dependencies())
                && variantKeys(was).equals(variantKeys(is))
                && haveSameSegments(was.segments(), is.segments())
                && !(cohortsDiffer && targetsCohorts(is));
    }

    private static boolean haveSameSegments(List<Segment> was, List<Segment> is) {
        if (was.size() != is.size()) {
            return false;
        }
        for (int i = 0; i < was.size(); i++) {
            Segment one = was.get(i);
            Segment other = is.get(i);
            if (!Objects.equals(one.conditions(), other.conditions())
                    || !Objects.equals(one.bucket(), other.bucket())
                    || !Objects.equals(one.variant(), other.variant())) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, String> variantKeys(Flag flag) {
        Map<String, String> keys = new LinkedHashMap<>();
        flag.variants().forEach((name, variant) -> keys.put(name, variant.key()));
        return keys;
    }

    private static boolean targetsCohorts(Flag flag) {
        return selectors(flag)
                .anyMatch(selector ->
                        !selector.isEmpty() && selector.get(selector.size() - 1).equals(COHORT_IDS));
    }

    /** Whether conditions test the value or metadata of a changed flag, which may differ while its variant does not. */
    private static boolean readsMoreThanKeys(Flag flag, Set<String> changed) {
        return !changed.isEmpty()
                && selectors(flag)
                        .filter(selector ->
                                !selector.isEmpty() && selector.get(0).equals(RESULT))
                        .anyMatch(selector -> selector.size() == 1
                                || (changed.contains(selector.get(1)) && !selector.equals(key(selector.get(1)))));
    }

    private static List<String> key(String flag) {
        return List.of(RESULT, flag, "key");
    }

    private static Stream<List<String>> selectors(Flag flag) {
        return flag.segments().stream()
                .map(Segment::conditions)
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .flatMap(List::stream)
                .map(Condition::selector);
    }

    private static Map<String, Flag> byKey(List<Flag> flags) {
        Map<String, Flag> byKey = new LinkedHashMap<>();
        flags.forEach(flag -> byKey.put(flag.key(), flag));
        return Collections.unmodifiableMap(byKey);
    }
}
