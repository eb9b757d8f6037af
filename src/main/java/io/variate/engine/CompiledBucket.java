package io.variate.engine;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Range;
import io.variate.engine.operators.Property;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A bucket compiled for splitting users. Immutable. */
final class CompiledBucket {

    private final Bucket bucket;
    private final Selector selector;
    private final Murmur3 salted;
    private final Range[] percents;
    private final Range[][] shares;

    /** The variant that each share assigns. A distribution that names an unknown variant assigns nothing. */
    private final @Nullable EvaluatedVariant[][] variants;

    CompiledBucket(Bucket bucket, Selector selector, Function<String, @Nullable EvaluatedVariant> results) {
        this.bucket = bucket;
        this.selector = selector;
        this.salted = Murmur3.after(bucket.salt() + "/");
        int allocations = bucket.allocations().size();
        this.percents = new Range[allocations];
        this.shares = new Range[allocations][];
        this.variants = new EvaluatedVariant[allocations][];
        for (int i = 0; i < allocations; i++) {
            Allocation allocation = bucket.allocations().get(i);
            percents[i] = allocation.range();
            shares[i] =
                    allocation.distributions().stream().map(Distribution::range).toArray(Range[]::new);
            variants[i] = allocation.distributions().stream()
                    .map(distribution -> results.apply(distribution.variant()))
                    .toArray(EvaluatedVariant[]::new);
        }
    }

    /** Returns the variant, null if the share assigns none, or the fallback if no share of the bucket matches. */
    @Nullable
    EvaluatedVariant assign(EvaluationState state, @Nullable EvaluatedVariant fallback) {
        Trace trace = state.trace();
        Property property = selector.select(state);
        String text = property == null ? "" : property.text();
        if (text.isEmpty()) {
            if (trace != null) {
                trace.recordDraw(Explanation.Draw.withoutValue(bucket));
            }
            return fallback;
        }
        int hash = salted.hashWith(text);
        long unsigned = Integer.toUnsignedLong(hash);
        int hundredth = (int) (unsigned / 100);
        int percent = (int) (unsigned - hundredth * 100L);
        for (int i = 0; i < percents.length; i++) {
            int share = percents[i].contains(percent) ? shareOf(hundredth, shares[i]) : -1;
            if (share >= 0) {
                if (trace != null) {
                    trace.recordDraw(new Explanation.Draw(bucket, text, unsigned, percent, hundredth, i, share));
                }
                return variants[i][share];
            }
        }
        if (trace != null) {
            trace.recordDraw(new Explanation.Draw(bucket, text, unsigned, percent, hundredth, -1, -1));
        }
        return fallback;
    }

    private static int shareOf(int hundredth, Range[] shares) {
        for (int i = 0; i < shares.length; i++) {
            if (shares[i].contains(hundredth)) {
                return i;
            }
        }
        return -1;
    }
}
