package io.variate.page;

import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Explanation;
import io.variate.engine.Membership;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluates flags for many users, in batches. Used by one thread at a time; nothing is recorded. */
final class Simulation {
    private final SimulatedUsers users;
    private final EvaluationPlan plan;
    private final Membership membership;
    private final Evaluation evaluation;
    private final Map<String, FlagSplit> splits = new LinkedHashMap<>();
    private int done;

    /**
     * A simulation that has not evaluated a user yet.
     *
     * @param flagKeys the flags to report; the plan also contains their dependencies
     * @param evaluation used by this simulation only
     */
    Simulation(
            SimulatedUsers users,
            EvaluationPlan plan,
            List<String> flagKeys,
            Membership membership,
            Evaluation evaluation) {
        this.users = users;
        this.plan = plan;
        this.membership = membership;
        this.evaluation = evaluation;
        flagKeys.forEach(key -> splits.put(key, new FlagSplit(key)));
    }

    int users() {
        return users.ids().size();
    }

    int done() {
        return done;
    }

    boolean isOver() {
        return done == users();
    }

    /** Evaluates for that many more users, or for the rest. */
    void advance(int count) {
        int end = Math.min(users(), done + count);
        for (; done < end; done++) {
            String id = users.ids().get(done);
            EvaluationContext context =
                    plan.read(users.context(), users.byDevice() ? null : id, users.byDevice() ? id : null, membership);
            for (Explanation explanation : evaluation.explain(context)) {
                FlagSplit split = splits.get(explanation.flagKey());
                if (split != null) {
                    split.add(explanation);
                }
            }
        }
    }

    List<FlagSplit> splits() {
        return List.copyOf(splits.values());
    }
}
