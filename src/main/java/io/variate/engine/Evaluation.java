package io.variate.engine;

import io.variate.engine.patterns.PatternMatching;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reusable scratch space for evaluations: one per evaluator, no garbage per user. Evaluates flags for one user at a
 * time and holds the results of the last evaluation in plan order, without flags that assigned nothing. Used by one
 * thread.
 */
public final class Evaluation implements Iterable<EvaluatedVariant> {

    /** The default step budget: character reads by the patterns of one condition. It allows a few milliseconds. */
    public static final int PATTERN_STEPS = 1_000_000;

    private static final byte[] BRACES = {'{', '}'};

    private final PatternMatching patterns;
    private final EvaluationState state;
    private int size;
    private int abandonedMatches;
    private List<FlagFailure> failures = List.of();

    /** Creates scratch space with the default step budget. */
    public Evaluation() {
        this(PATTERN_STEPS);
    }

    /**
     * Creates scratch space with a step budget for patterns. Ordinary patterns need a few steps per character. If a
     * pattern exhausts the budget by backtracking, its condition does not hold.
     *
     * @param patternSteps the maximum character reads per condition, across all its patterns and all elements of a list
     */
    public Evaluation(int patternSteps) {
        this.patterns = new PatternMatching(patternSteps);
        this.state = new EvaluationState(patterns);
    }

    /** Evaluates once, in new scratch space. */
    public static Evaluation of(EvaluationContext context) {
        return new Evaluation().evaluate(context);
    }

    /**
     * Evaluates the plan of the context. Never throws: a flag that fails assigns nothing and is listed by {@link
     * #failures}.
     *
     * @return this object; the previous results are lost
     */
    public Evaluation evaluate(EvaluationContext context) {
        begin(context);
        EvaluationPlan plan = context.plan();
        for (int i = 0; i < plan.size(); i++) {
            evaluate(plan.flag(i));
        }
        end();
        return this;
    }

    /**
     * Evaluates like {@link #evaluate} and explains each result, in plan order. The results stay available in this
     * object.
     */
    public List<Explanation> explain(EvaluationContext context) {
        begin(context);
        List<Explanation> explanations = new ArrayList<>();
        EvaluationPlan plan = context.plan();
        for (int i = 0; i < plan.size(); i++) {
            explanations.add(explain(plan.flag(i)));
        }
        end();
        return explanations;
    }

    private Explanation explain(CompiledFlag flag) {
        Trace trace = new Trace();
        int failed = failures.size();
        EvaluatedVariant variant;
        state.setTrace(trace);
        try {
            variant = evaluate(flag);
        } finally {
            state.setTrace(null);
        }
        Throwable failure = failures.size() > failed ? failures.get(failed).cause() : null;
        return Explanation.of(flag.flag(), trace, variant, failure);
    }

    private void begin(EvaluationContext context) {
        state.begin(context);
        if (!failures.isEmpty()) {
            failures = List.of();
        }
    }

    private void end() {
        size = state.compact();
        abandonedMatches = patterns.takeAbandonedCount();
    }

    private @Nullable EvaluatedVariant evaluate(CompiledFlag flag) {
        try {
            EvaluatedVariant variant = flag.evaluate(state);
            if (variant != null) {
                state.put(flag.position(), variant);
            }
            return variant;
        } catch (RuntimeException | StackOverflowError failure) {
            failures = new ArrayList<>(failures);
            failures.add(new FlagFailure(flag.flag().key(), failure));
            return null;
        }
    }

    /** The number of results. */
    public int size() {
        return size;
    }

    /**
     * Returns a result.
     *
     * @throws IndexOutOfBoundsException unless the index is at least 0 and below the size
     */
    public EvaluatedVariant get(int index) {
        return Objects.requireNonNull(state.result(Objects.checkIndex(index, size)));
    }

    /** The flags that could not be evaluated, in plan order; almost always none. */
    public List<FlagFailure> failures() {
        return List.copyOf(failures);
    }

    /** The number of conditions that did not hold because a pattern exhausted its budget; almost always 0. */
    public int abandonedMatches() {
        return abandonedMatches;
    }

    /** Encodes the results as a JSON object from flag keys to variants, in UTF-8. */
    public byte[] encode(AnswerShape shape) {
        ByteBuffer answer = ByteBuffer.allocate(encodedLength(shape));
        encode(shape, answer::put);
        return answer.array();
    }

    /** Writes the bytes of {@link #encode(AnswerShape)} without allocating an array. */
    public void encode(AnswerShape shape, ByteSink sink) {
        encode(shape, null, sink);
    }

    /**
     * Writes a response whose variants carry an evaluation id.
     *
     * @param shape V1 or V2
     * @param evaluationId the id to add
     */
    public void encodeWithId(AnswerShape shape, String evaluationId, ByteSink sink) {
        encode(shape, new EvaluationIdStamp(shape, evaluationId), sink);
    }

    private void encode(AnswerShape shape, @Nullable EvaluationIdStamp stamp, ByteSink sink) {
        int skipped = 1;
        sink.write(BRACES, 0, 1);
        for (int i = 0; i < size; i++) {
            byte[] entry = get(i).entry(shape);
            if (entry != null) {
                // Entries start with a comma, which the first entry omits.
                if (stamp == null) {
                    sink.write(entry, skipped, entry.length - skipped);
                } else {
                    stamp.write(get(i), entry, skipped, sink);
                }
                skipped = 0;
            }
        }
        sink.write(BRACES, 1, 1);
    }

    /** The number of bytes that {@link #encode} writes. */
    public int encodedLength(AnswerShape shape) {
        int length = 0;
        for (int i = 0; i < size; i++) {
            byte[] entry = get(i).entry(shape);
            if (entry != null) {
                length += entry.length;
            }
        }
        return length == 0 ? 2 : length + 1;
    }

    @Override
    public Iterator<EvaluatedVariant> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < size;
            }

            @Override
            public EvaluatedVariant next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return get(next++);
            }
        };
    }
}
