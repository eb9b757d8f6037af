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
 * What the patterns of a flag mean to SDKs that evaluate by themselves, each with the regular expressions of its language.
 *
 * @param breaksCalls whether a pattern makes some SDK throw, which then evaluates no flag at all
 * @param warnings for those who write flags
 */
public record FlagPortability(boolean breaksCalls, List<Problem> warnings) {

    public FlagPortability {
        warnings = List.copyOf(warnings);
    }

    /**
     * Checks the patterns of a flag, as {@link FlagWriter} writes them.
     *
     * @param path of the flag in its document, with which the paths of warnings start
     */
    public static FlagPortability of(Flag flag, String path) {
        Checking checking = new Checking(new Problems(path, new ArrayList<>()).member("segments"));
        for (int i = 0; i < flag.segments().size(); i++) {
            checking.check(flag.segments().get(i), i);
        }
        return new FlagPortability(checking.breaksCalls, checking.segments.found());
    }

    private static final class Checking {
        private final Problems segments;
        private boolean breaksCalls;

        Checking(Problems segments) {
            this.segments = segments;
        }

        void check(Segment segment, int index) {
            List<List<Condition>> alternatives = segment.conditions();
            if (alternatives == null || segment.takesNobody() || segment.takesEveryone()) {
                return;
            }
            Problems place = segments.element(index).member("conditions");
            for (int i = 0; i < alternatives.size(); i++) {
                for (int j = 0; j < alternatives.get(i).size(); j++) {
                    check(alternatives.get(i).get(j), place.element(i).element(j));
                }
            }
        }

        private void check(Condition condition, Problems place) {
            if (condition.op().equals("regex match") || condition.op().equals("regex does not match")) {
                for (int i = 0; i < condition.values().size(); i++) {
                    check(PortablePattern.of(condition.values().get(i)), JsonPath.element(".values", i), place);
                }
            }
        }

        private void check(PortablePattern pattern, String step, Problems place) {
            if (pattern.obstacles().equals(PortablePattern.INVALID)) {
                // An error, which is reported as such.
                breaksCalls = true;
            } else if (!pattern.obstacles().isEmpty()) {
                breaksCalls = true;
                place.warn(
                        step,
                        "some SDKs cannot read this pattern and would evaluate no flag at all, so SDKs with local"
                                + " evaluation do not get this flag, nor those that depend on it: "
                                + listed(pattern.obstacles()));
            } else if (!pattern.cautions().isEmpty()) {
                place.warn(
                        step,
                        "SDKs with local evaluation in Go cannot read this pattern, so it matches nothing there: "
                                + listed(pattern.cautions()));
            }
        }

        private static String listed(Set<String> constructs) {
            return String.join(", ", constructs);
        }
    }
}
