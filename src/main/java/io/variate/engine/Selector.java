package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.json.WrittenNumber;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The way from the target of an evaluation to one value. Immutable. */
sealed interface Selector {

    @Nullable
    Property select(EvaluationState target);

    /**
     * The selector that follows some keys.
     *
     * @param paths takes note of what is asked of the context
     * @param positions tells where the result of a flag goes by the key of the flag, below 0 for flags not in the plan
     */
    static Selector compile(List<String> keys, PropertyPaths paths, ToIntFunction<String> positions) {
        String root = keys.isEmpty() ? "" : keys.get(0);
        if (root.equals("context")) {
            return new InContext(paths.add(keys.subList(1, keys.size())));
        }
        if (!root.equals("result")) {
            return new Nowhere();
        }
        if (keys.size() == 1) {
            return new AllResults();
        }
        int position = positions.applyAsInt(keys.get(1));
        if (position < 0) {
            return new Nowhere();
        }
        return keys.size() == 2 ? new WholeResult(position) : inResult(position, keys);
    }

    private static Selector inResult(int position, List<String> keys) {
        List<String> steps = List.copyOf(keys.subList(3, keys.size()));
        return switch (keys.get(2)) {
            case "key" -> steps.isEmpty() ? new ResultKey(position) : new Nowhere();
            case "value" -> new ResultValue(position, steps);
            case "metadata" -> new ResultMetadata(position, steps);
            default -> new Nowhere();
        };
    }

    /** Follows keys through nested maps; null as soon as there is nothing to follow. */
    private static @Nullable Property follow(List<String> steps, @Nullable Object start) {
        Object at = start;
        for (String step : steps) {
            if (!(at instanceof Map<?, ?> members)) {
                return null;
            }
            at = members.get(step);
        }
        return at == null ? null : propertyOf(at);
    }

    /** Metadata keep the text of their numbers, which evaluation does not see. */
    private static Property propertyOf(Object tree) {
        return new Property(Objects.requireNonNull(WrittenNumber.typed(tree)));
    }

    /** A place in the context, by its number among the plan's paths. */
    record InContext(int number) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState target) {
            return target.property(number);
        }
    }

    record AllResults() implements Selector {
        @Override
        public Property select(EvaluationState target) {
            return propertyOf(target.resultsAsTree());
        }
    }

    /** A variant as a whole, which has no text of its own in any specification: its JSON. */
    record WholeResult(int position) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState target) {
            EvaluatedVariant result = target.result(position);
            return result == null ? null : propertyOf(result.asTree());
        }
    }

    record ResultKey(int position) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState target) {
            EvaluatedVariant result = target.result(position);
            return result == null ? null : result.keyProperty();
        }
    }

    record ResultValue(int position, List<String> steps) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState target) {
            EvaluatedVariant result = target.result(position);
            return result == null ? null : follow(steps, result.value());
        }
    }

    record ResultMetadata(int position, List<String> steps) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState target) {
            EvaluatedVariant result = target.result(position);
            return result == null ? null : follow(steps, result.metadata());
        }
    }

    record Nowhere() implements Selector {
        @Override
        public @Nullable Property select(EvaluationState target) {
            return null;
        }
    }
}
