package io.variate.bench.engine;

import io.variate.engine.AnswerShape;
import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Measures the cost of a request inside the engine. Each invocation uses the next user, so branches and hashes differ
 * and no prediction from the last user helps.
 */
public class EvaluationBenchmark extends TimeOfOneCall {

    @Param({"simple", "typical", "strings", "regex"})
    public String workload = "";

    private final Evaluation evaluation = new Evaluation();
    private CompiledFlags flags = CompiledFlags.compile(List.of());
    private List<String> oneKey = List.of();
    private String[] users = {};
    private EvaluationContext[] forOne = {};
    private EvaluationContext[] forAll = {};
    private int next;

    @Setup
    public void prepare() {
        Workload given = Workload.named(workload);
        flags = CompiledFlags.compile(given.flags());
        oneKey = List.of(given.oneFlag().key());
        users = given.users().toArray(String[]::new);
        forOne = read(flags.plan(oneKey));
        forAll = read(flags.planAll());
    }

    private EvaluationContext[] read(EvaluationPlan plan) {
        EvaluationContext[] contexts = new EvaluationContext[users.length];
        for (int i = 0; i < users.length; i++) {
            contexts[i] = plan.read(users[i], null, null);
        }
        return contexts;
    }

    /** Returns the next user. Their number is a power of two. */
    private int next() {
        next = (next + 1) & (users.length - 1);
        return next;
    }

    @Benchmark
    public void oneFlag(Blackhole sink) {
        evaluation.evaluate(forOne[next()]);
        consume(sink);
    }

    @Benchmark
    @OperationsPerInvocation(Workload.FLAGS)
    public void hundredFlags(Blackhole sink) {
        evaluation.evaluate(forAll[next()]);
        consume(sink);
    }

    @Benchmark
    public byte[] hundredFlagsEncoded() {
        evaluation.evaluate(forAll[next()]);
        return evaluation.encode(AnswerShape.V2);
    }

    @Benchmark
    public EvaluationContext readUserForOneFlag() {
        return flags.plan(oneKey).read(users[next()], null, null);
    }

    @Benchmark
    public EvaluationContext readUser() {
        return flags.planAll().read(users[next()], null, null);
    }

    @Benchmark
    public byte[] oneFlagRequest() {
        evaluation.evaluate(flags.plan(oneKey).read(users[next()], null, null));
        return evaluation.encode(AnswerShape.V2);
    }

    @Benchmark
    public byte[] hundredFlagsRequest() {
        evaluation.evaluate(flags.planAll().read(users[next()], null, null));
        return evaluation.encode(AnswerShape.V2);
    }

    private void consume(Blackhole sink) {
        for (int i = 0; i < evaluation.size(); i++) {
            sink.consume(evaluation.get(i));
        }
    }
}
