package io.variate.engine;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A bucket ready to split users. Immutable. */
final class CompiledBucket {

    /** Variant or null: a distribution may name a variant that does not exist, which then is what it assigns. */
    private record Share(Range range, @Nullable EvaluatedVariant variant) {}

    private record Part(Range range, List<Share> shares) {}

    private final Selector selector;
    private final Murmur3 salted;
    private final Part[] parts;

    CompiledBucket(Bucket bucket, Selector selector, Function<String, @Nullable EvaluatedVariant> variants) {
        this.selector = selector;
        this.salted = Murmur3.after(bucket.salt() + "/");
        this.parts = bucket.allocations().stream()
                .map(allocation -> new Part(allocation.range(), shares(allocation.distributions(), variants)))
                .toArray(Part[]::new);
    }

    private static List<Share> shares(
            List<Distribution> distributions, Function<String, @Nullable EvaluatedVariant> variants) {
        return distributions.stream()
                .map(distribution -> new Share(distribution.range(), variants.apply(distribution.variant())))
                .toList();
    }

    /** What the target gets: a variant, nothing, or the fallback if no share of the bucket takes it. */
    @Nullable
    EvaluatedVariant assign(Target target, @Nullable EvaluatedVariant fallback) {
        Object value = selector.select(target);
        String text = value == null ? "" : TextForm.of(value);
        if (text.isEmpty()) {
            return fallback;
        }
        int hash = salted.hashWith(text);
        int percent = Integer.remainderUnsigned(hash, 100);
        int hundredth = Integer.divideUnsigned(hash, 100);
        for (Part part : parts) {
            Share share = part.range.contains(percent) ? shareOf(hundredth, part.shares) : null;
            if (share != null) {
                return share.variant;
            }
        }
        return fallback;
    }

    private static @Nullable Share shareOf(int hundredth, List<Share> shares) {
        for (int i = 0; i < shares.size(); i++) {
            if (shares.get(i).range.contains(hundredth)) {
                return shares.get(i);
            }
        }
        return null;
    }
}
