package io.variate.bench.engine;

import io.variate.engine.AnswerShape;
import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Measures the cost of one flag in rulesets of different sizes. The flag is the same and in the middle of each. */
public class GrowthBenchmark extends TimeOfOneCall {

    private static final List<String> KEY = List.of(Workload.distinctKey(0));

    @Param({"10", "1000", "100000"})
    public int flagCount;

    private final Evaluation evaluation = new Evaluation();
    private CompiledFlags flags = CompiledFlags.compile(List.of());
    private String[] users = {};
    private EvaluationContext[] contexts = {};
    private int next;

    @Setup
    public void prepare() {
        flags = CompiledFlags.compile(Workload.distinct(flagCount));
        users = Workload.named("typical").users().toArray(String[]::new);
        contexts = new EvaluationContext[users.length];
        for (int i = 0; i < users.length; i++) {
            contexts[i] = flags.plan(KEY).read(users[i], null, null);
        }
    }

    private int next() {
        next = (next + 1) & (users.length - 1);
        return next;
    }

    @Benchmark
    public Evaluation oneFlag() {
        evaluation.evaluate(contexts[next()]);
        return evaluation;
    }

    @Benchmark
    public byte[] oneFlagRequest() {
        evaluation.evaluate(flags.plan(KEY).read(users[next()], null, null));
        return evaluation.encode(AnswerShape.V2);
    }
}
