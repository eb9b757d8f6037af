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
 * Evaluates flags for one user after the other, and holds the results of the last one: those of the plan, in its order,
 * without flags that came to nothing. Made once and used again and again, so that an evaluation leaves no garbage
 * behind. Used by one thread.
 */
public final class Evaluation implements Iterable<EvaluatedVariant> {

    /** How often the patterns of one condition may look at a character, unless told otherwise: some milliseconds. */
    public static final int PATTERN_STEPS = 1_000_000;

    private static final byte[] BRACES = {'{', '}'};

    private final PatternMatching patterns;
    private final EvaluationState target;
    private int size;
    private int abandonedMatches;
    private List<FlagFailure> failures = List.of();

    public Evaluation() {
        this(PATTERN_STEPS);
    }

    /**
     * Evaluates with a budget for patterns. Ordinary patterns need a few steps for each character of the text; one that
     * backtracks without end is given up, and its condition does not hold.
     *
     * @param patternSteps how often the patterns of one condition may look at a character, whatever the number of
     *     patterns and of elements of a list
     */
    public Evaluation(int patternSteps) {
        this.patterns = new PatternMatching(patternSteps);
        this.target = new EvaluationState(patterns);
    }

    /** A single evaluation. */
    public static Evaluation of(EvaluationContext context) {
        return new Evaluation().evaluate(context);
    }

    /**
     * Evaluates the plan that the context was made for. Never throws: a flag that fails is off for this context, and
     * {@link #failures} tells.
     *
     * @return this object, whose earlier results are gone
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
     * Evaluates as {@link #evaluate} does, and says why each flag came to what it came to, in the order of the plan.
     * Leaves the results in this object.
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
        target.traceWith(trace);
        try {
            variant = evaluate(flag);
        } finally {
            target.traceWith(null);
        }
        Throwable failure = failures.size() > failed ? failures.get(failed).cause() : null;
        return Explanation.of(flag.flag(), trace, variant, failure);
    }

    private void begin(EvaluationContext context) {
        target.begin(context);
        if (!failures.isEmpty()) {
            failures = List.of();
        }
    }

    private void end() {
        size = target.compact();
        abandonedMatches = patterns.takeAbandoned();
    }

    private @Nullable EvaluatedVariant evaluate(CompiledFlag flag) {
        try {
            EvaluatedVariant variant = flag.evaluate(target);
            if (variant != null) {
                target.put(flag.position(), variant);
            }
            return variant;
        } catch (RuntimeException | StackOverflowError failure) {
            failures = new ArrayList<>(failures);
            failures.add(new FlagFailure(flag.flag().key(), failure));
            return null;
        }
    }

    /** How many results there are. */
    public int size() {
        return size;
    }

    /**
     * One of the results.
     *
     * @throws IndexOutOfBoundsException unless the index is from 0 to below the size
     */
    public EvaluatedVariant get(int index) {
        return Objects.requireNonNull(target.result(Objects.checkIndex(index, size)));
    }

    /** The flags that could not be evaluated, in the order of the plan; almost always none. */
    public List<FlagFailure> failures() {
        return List.copyOf(failures);
    }

    /** How many conditions do not hold because a pattern used up its budget; almost always none. */
    public int abandonedMatches() {
        return abandonedMatches;
    }

    /** The JSON object of an answer, from flag keys to variants, in UTF-8. */
    public byte[] encode(AnswerShape shape) {
        ByteBuffer answer = ByteBuffer.allocate(encodedLength(shape));
        encode(shape, answer::put);
        return answer.array();
    }

    /** Writes what {@link #encode(AnswerShape)} answers, without making an array of it. */
    public void encode(AnswerShape shape, ByteSink sink) {
        encode(shape, null, sink);
    }

    /**
     * Writes an answer whose variants name the evaluation that they come from.
     *
     * @param shape V1 or V2
     * @param evaluationId what they name it
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
                // Entries start with a comma, which the first one does without.
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

    /** How many bytes {@link #encode} writes. */
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
