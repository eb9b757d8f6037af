package io.variate.checks;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.json.Problems;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the flags of a project can refer to.
 *
 * @param flags whether the project has a flag with a key
 * @param owners a name of another project that has a flag with a key, or null
 * @param cohorts whether the project has a cohort with an id; null if its cohorts are not known
 */
public record References(
        Predicate<String> flags,
        Function<String, @Nullable String> owners,
        @Nullable Predicate<String> cohorts) {

    private static final String COHORT_IDS = "cohort_ids";

    /** The value that holds for users without any cohort. */
    private static final String NONE = "(none)";

    /**
     * Adds references of a flag that lead nowhere.
     *
     * @param place collects problems, at the path of the flag
     */
    public void addErrors(Flag flag, Problems place) {
        FlagPlace paths = new FlagPlace(place);
        for (int i = 0; i < flag.dependencies().size(); i++) {
            String key = flag.dependencies().get(i);
            if (!flags.test(key)) {
                paths.dependency(i).add("", unknownFlag(key));
            }
        }
        Predicate<String> known = cohorts;
        if (known != null) {
            FlagPlace.forEachCondition(flag, (condition, segment, alternative, index) -> {
                if (namesCohorts(condition) && !condition.values().stream().allMatch(id -> isKnown(id, known))) {
                    addUnknown(condition.values(), known, paths.condition(segment, alternative, index));
                }
            });
        }
    }

    private String unknownFlag(String key) {
        String owner = owners.apply(key);
        return owner == null
                ? "no flag has the key '" + key + "'"
                : "exists only in " + owner + ", so it is missing here: dependencies stay inside a project";
    }

    private static boolean isKnown(String id, Predicate<String> known) {
        return known.test(id) || id.equals(NONE);
    }

    private static void addUnknown(List<String> ids, Predicate<String> known, Problems condition) {
        for (int i = 0; i < ids.size(); i++) {
            if (!isKnown(ids.get(i), known)) {
                condition.member("values").element(i).add("", "no cohort has the id '" + ids.get(i) + "'");
            }
        }
    }

    /**
     * Adds uses of cohorts that are about to be removed.
     *
     * @param place collects problems, at the path of the flag
     */
    public static void addUses(Flag flag, Collection<String> removedCohorts, Problems place) {
        FlagPlace paths = new FlagPlace(place);
        FlagPlace.forEachCondition(flag, (condition, segment, alternative, index) -> {
            for (int i = 0; namesCohorts(condition) && i < condition.values().size(); i++) {
                String id = condition.values().get(i);
                if (removedCohorts.contains(id)) {
                    paths.condition(segment, alternative, index)
                            .member("values")
                            .element(i)
                            .add("", "targets the cohort '" + id + "', so it cannot be removed");
                }
            }
        });
    }

    /** Whether the values of a condition are ids of cohorts. */
    private static boolean namesCohorts(Condition condition) {
        List<String> selector = condition.selector();
        int last = selector.size() - 1;
        boolean isUser = last == 2 && selector.get(1).equals("user");
        boolean isGroup = last == 3 && selector.get(1).equals("groups");
        return (isUser || isGroup)
                && selector.get(0).equals("context")
                && selector.get(last).equals(COHORT_IDS)
                && condition.op().startsWith("set ");
    }
}
