package io.variate.checks;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.json.Problems;
import java.util.List;

/**
 * Collects problems inside a flag. Creates paths only for problems, because nearly all flags have none.
 *
 * @param flag collects problems at the path of the flag
 */
record FlagPlace(Problems flag) {

    /** Receives a condition and its indexes. */
    interface ConditionVisitor {
        void visit(Condition condition, int segment, int alternative, int index);
    }

    /** Passes all conditions of a flag to a visitor. */
    static void forEachCondition(Flag flag, ConditionVisitor visitor) {
        for (int i = 0; i < flag.segments().size(); i++) {
            List<List<Condition>> alternatives = flag.segments().get(i).conditions();
            for (int j = 0; alternatives != null && j < alternatives.size(); j++) {
                for (int k = 0; k < alternatives.get(j).size(); k++) {
                    visitor.visit(alternatives.get(j).get(k), i, j, k);
                }
            }
        }
    }

    /** Whether a segment assigns a variant to every user, so that no later segment is reached. */
    static boolean decidesForAll(Flag flag, Segment segment) {
        return segment.matchesEveryUser()
                && segment.variant() != null
                && flag.variants().containsKey(segment.variant());
    }

    Problems variant(String key) {
        return flag.member("variants").member(key);
    }

    Problems dependency(int index) {
        return flag.member("dependencies").element(index);
    }

    Problems segment(int index) {
        return flag.member("segments").element(index);
    }

    Problems condition(int segment, int alternative, int index) {
        return segment(segment).member("conditions").element(alternative).element(index);
    }

    Problems bucket(int segment) {
        return segment(segment).member("bucket");
    }

    Problems allocation(int segment, int index) {
        return bucket(segment).member("allocations").element(index);
    }

    Problems distribution(int segment, int allocation, int index) {
        return allocation(segment, allocation).member("distributions").element(index);
    }
}
