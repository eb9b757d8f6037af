package io.variate.rulesets;

import io.variate.engine.EvaluationPlan;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the uses of one deployment key on this node, and the evaluations of its flags, until {@link #drain} collects them.
 * Outlives changes of the ruleset. Thread-safe.
 *
 * <p>On the request path, an evaluation costs one lookup by identity and one increment, whatever the number of flags.
 */
public final class DeploymentUses {
    /** The cache of plans creates new ones when clients request more combinations of flags, so they are not kept here. */
    private static final int MAX_PLANS = 256;

    private final LongAdder requests = new LongAdder();
    private final LongAdder fetches = new LongAdder();

    /** By identity. */
    private final Map<EvaluationPlan, LongAdder> evaluations = new ConcurrentHashMap<>();

    /** Evaluations with further plans, by flag key. */
    private final Map<String, LongAdder> evaluationsOfFlags = new ConcurrentHashMap<>();

    /**
     * What was counted since the last time.
     *
     * @param requests all uses of the key
     * @param fetches the uses that fetched flags for local evaluation; part of {@code requests}
     * @param evaluations by flag key, with the flags that others depend on
     */
    public record Counted(long requests, long fetches, Map<String, Long> evaluations) {}

    /** Counts an evaluation with a plan. */
    public void evaluated(EvaluationPlan plan) {
        LongAdder count = evaluations.get(plan);
        if (count != null) {
            count.increment();
        } else if (evaluations.size() < MAX_PLANS) {
            evaluations.computeIfAbsent(plan, added -> new LongAdder()).increment();
        } else {
            requests.increment();
            plan.keys().forEach(key -> evaluationsOfFlags
                    .computeIfAbsent(key, added -> new LongAdder())
                    .increment());
        }
    }

    /** Counts a request for flags by an SDK with local evaluation. */
    public void fetched() {
        fetches.increment();
    }

    /** Counts a request that neither evaluates nor fetches flags. */
    public void requested() {
        requests.increment();
    }

    /**
     * Collects the counts and starts again from zero. An evaluation that runs at the same time may be missed, if its plan was
     * not used since the last time. One thread at a time.
     */
    public Counted drain() {
        Map<String, Long> flags = new HashMap<>();
        long fetched = fetches.sumThenReset();
        long all = fetched + requests.sumThenReset();
        for (Map.Entry<EvaluationPlan, LongAdder> entry : evaluations.entrySet()) {
            long count = entry.getValue().sumThenReset();
            if (count == 0) {
                evaluations.remove(entry.getKey());
            } else {
                all += count;
                entry.getKey().keys().forEach(key -> flags.merge(key, count, Long::sum));
            }
        }
        for (Map.Entry<String, LongAdder> entry : evaluationsOfFlags.entrySet()) {
            long count = entry.getValue().sumThenReset();
            if (count == 0) {
                evaluationsOfFlags.remove(entry.getKey());
            } else {
                flags.merge(entry.getKey(), count, Long::sum);
            }
        }
        return new Counted(all, fetched, flags);
    }
}
