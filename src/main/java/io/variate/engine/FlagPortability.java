package io.variate.engine;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.patterns.PortablePattern;
import io.variate.json.JsonPath;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The portability of a flag's patterns to SDKs with local evaluation, each of which uses the regular expressions of its
 * language.
 *
 * @param breaksCalls whether a pattern makes some SDK throw, so that the SDK evaluates no flag at all
 * @param warnings for authors of flags
 */
public record FlagPortability(boolean breaksCalls, List<Problem> warnings) {

    public FlagPortability {
        warnings = List.copyOf(warnings);
    }

    /**
     * Checks the patterns of a flag as {@link FlagWriter} writes them.
     *
     * @param path the path of the flag in its document, to which the paths of warnings are relative
     */
    public static FlagPortability of(Flag flag, String path) {
        Checker checker = new Checker(new Problems(path, new ArrayList<>()).member("segments"));
        for (int i = 0; i < flag.segments().size(); i++) {
            checker.check(flag.segments().get(i), i);
        }
        return new FlagPortability(checker.breaksCalls, checker.segments.found());
    }

    private static final class Checker {
        private final Problems segments;
        private boolean breaksCalls;

        Checker(Problems segments) {
            this.segments = segments;
        }

        void check(Segment segment, int index) {
            List<List<Condition>> alternatives = segment.conditions();
            if (alternatives == null || segment.matchesNoUser() || segment.matchesEveryUser()) {
                return;
            }
            for (int i = 0; i < alternatives.size(); i++) {
                for (int j = 0; j < alternatives.get(i).size(); j++) {
                    Condition condition = alternatives.get(i).get(j);
                    if (hasPatterns(condition)) {
                        check(
                                condition,
                                segments.element(index)
                                        .member("conditions")
                                        .element(i)
                                        .element(j));
                    }
                }
            }
        }

        private static boolean hasPatterns(Condition condition) {
            return condition.op().equals("regex match") || condition.op().equals("regex does not match");
        }

        private void check(Condition condition, Problems place) {
            for (int i = 0; i < condition.values().size(); i++) {
                check(PortablePattern.of(condition.values().get(i)), JsonPath.element(".values", i), place);
            }
        }

        private void check(PortablePattern pattern, String step, Problems place) {
            if (pattern.obstacles().equals(PortablePattern.INVALID)) {
                // The compiler reports this as an error.
                breaksCalls = true;
            } else if (!pattern.obstacles().isEmpty()) {
                breaksCalls = true;
                place.warn(
                        step,
                        "some SDKs cannot compile this pattern and would evaluate no flag at all, so SDKs with local"
                                + " evaluation receive neither this flag nor its dependents: "
                                + listed(pattern.obstacles()));
            } else if (!pattern.cautions().isEmpty()) {
                place.warn(
                        step,
                        "SDKs with local evaluation in Go cannot compile this pattern, so it matches nothing there: "
                                + listed(pattern.cautions()));
            }
        }

        private static String listed(Set<String> constructs) {
            return String.join(", ", constructs);
        }
    }
}
