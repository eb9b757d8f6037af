package io.variate.page;

import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Explanation;
import io.variate.engine.Membership;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluates flags for an audience, some users at a time. Used by one thread at a time; nothing is recorded. */
final class Simulation {
    private final Audience audience;
    private final EvaluationPlan plan;
    private final Membership membership;
    private final Evaluation evaluation;
    private final Map<String, FlagSplit> splits = new LinkedHashMap<>();
    private int done;

    /**
     * Nothing is evaluated yet.
     *
     * @param flagKeys which flags to tell of; the plan has those too that they depend on
     * @param evaluation of this simulation only
     */
    Simulation(
            Audience audience,
            EvaluationPlan plan,
            List<String> flagKeys,
            Membership membership,
            Evaluation evaluation) {
        this.audience = audience;
        this.plan = plan;
        this.membership = membership;
        this.evaluation = evaluation;
        flagKeys.forEach(key -> splits.put(key, new FlagSplit(key)));
    }

    int users() {
        return audience.ids().size();
    }

    int done() {
        return done;
    }

    boolean isOver() {
        return done == users();
    }

    /** Evaluates for that many users more, or for those that are left. */
    void advance(int count) {
        int end = Math.min(users(), done + count);
        for (; done < end; done++) {
            String id = audience.ids().get(done);
            EvaluationContext context = plan.read(
                    audience.context(), audience.byDevice() ? null : id, audience.byDevice() ? id : null, membership);
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
