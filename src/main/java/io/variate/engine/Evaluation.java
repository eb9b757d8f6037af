package io.variate.engine;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The results of evaluating a plan for one context, in the order of the plan; flags that came to nothing have none.
 * Immutable.
 */
public final class Evaluation implements Iterable<EvaluatedVariant> {

    private final @Nullable EvaluatedVariant[] variants;
    private final int size;
    private final List<FlagFailure> failures;

    /** @param variants without gaps; what lies beyond the size is meaningless */
    Evaluation(@Nullable EvaluatedVariant[] variants, int size, List<FlagFailure> failures) {
        this.variants = variants;
        this.size = size;
        this.failures = failures;
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
        return Objects.requireNonNull(variants[Objects.checkIndex(index, size)]);
    }

    /** The flags that could not be evaluated, in the order of the plan; almost always none. */
    public List<FlagFailure> failures() {
        return failures;
    }

    /** The JSON object of an answer, from flag keys to variants, in UTF-8. */
    public byte[] encode(AnswerShape shape) {
        byte[] answer = new byte[encodedLength(shape)];
        answer[0] = '{';
        int at = 1;
        for (int i = 0; i < size; i++) {
            byte[] entry = get(i).entry(shape);
            if (entry != null) {
                if (at > 1) {
                    answer[at++] = ',';
                }
                System.arraycopy(entry, 0, answer, at, entry.length);
                at += entry.length;
            }
        }
        answer[at] = '}';
        return answer;
    }

    private int encodedLength(AnswerShape shape) {
        int length = 0;
        for (int i = 0; i < size; i++) {
            byte[] entry = get(i).entry(shape);
            if (entry != null) {
                length += entry.length + 1;
            }
        }
        // Two braces, less the comma that the first entry does not need.
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
