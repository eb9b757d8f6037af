package io.variate.simulation;

import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Explanation;
import io.variate.engine.Membership;
import io.variate.engine.model.Flag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates flags for many users, in batches, and reports the split of each flag. Used by one thread at a time; nothing is
 * recorded.
 */
public final class Simulation implements LineSource {
    /** Users between two lines of progress. */
    private static final int BATCH = 250;

    /** Flags in one piece of the results. */
    private static final int RESULTS_AT_ONCE = 100;

    private final Map<String, @Nullable Object> begin;
    private final List<SimulatedUser> users;
    private final EvaluationPlan plan;
    private final Membership membership;
    private final Evaluation evaluation;
    private final Map<String, FlagSplit> splits = new LinkedHashMap<>();
    private final Iterator<FlagSplit> unreported;
    private boolean begun;
    private boolean ended;
    private int done;

    /**
     * A simulation that has not evaluated a user yet.
     *
     * @param begin fields of the first line
     * @param flagKeys the flags to report; the plan also contains their dependencies
     * @param evaluation used by this simulation only
     */
    public Simulation(
            Map<String, @Nullable Object> begin,
            List<SimulatedUser> users,
            EvaluationPlan plan,
            List<String> flagKeys,
            Membership membership,
            Evaluation evaluation) {
        this.begin = begin;
        this.users = users;
        this.plan = plan;
        this.membership = membership;
        this.evaluation = evaluation;
        Map<String, Flag> flags = new HashMap<>();
        plan.flags().forEach(flag -> flags.put(flag.key(), flag));
        flagKeys.forEach(key -> splits.put(key, new FlagSplit(Objects.requireNonNull(flags.get(key), key))));
        this.unreported = splits.values().iterator();
    }

    @Override
    public List<Map<String, @Nullable Object>> next() {
        if (ended) {
            return List.of();
        }
        if (!begun) {
            begun = true;
            return List.of(LineStream.line("begin", begin));
        }
        if (done < users.size()) {
            int end = Math.min(users.size(), done + BATCH);
            for (; done < end; done++) {
                evaluate(users.get(done));
            }
            return List.of(LineStream.line("progress", Map.of("done", (long) done)));
        }
        List<Map<String, @Nullable Object>> lines = new ArrayList<>();
        while (unreported.hasNext() && lines.size() < RESULTS_AT_ONCE) {
            lines.add(unreported.next().asTree());
        }
        if (!unreported.hasNext()) {
            lines.add(LineStream.line("end", Map.of("done", (long) done)));
            ended = true;
        }
        return lines;
    }

    private void evaluate(SimulatedUser user) {
        for (Explanation explanation : evaluation.explain(user.read(plan, membership))) {
            FlagSplit split = splits.get(explanation.flagKey());
            if (split != null) {
                split.add(explanation);
            }
        }
    }
}
