package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** A compiled path to one value of the evaluation state. Immutable. */
sealed interface Selector {

    @Nullable
    Property select(EvaluationState state);

    /**
     * Compiles a selector.
     *
     * @param properties returns the number of the property at a path, given the keys after {@code context}
     * @param positions the result position by flag key; negative for flags outside the plan
     */
    static Selector compile(
            List<String> keys, ToIntFunction<List<String>> properties, ToIntFunction<String> positions) {
        String root = keys.isEmpty() ? "" : keys.get(0);
        if (root.equals("context")) {
            return new InContext(properties.applyAsInt(keys.subList(1, keys.size())));
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

    /** Returns the key of the flag to whose result a selector leads, or null if it leads elsewhere. */
    static @Nullable String referencedFlag(List<String> keys) {
        return keys.size() > 1 && keys.get(0).equals("result") ? keys.get(1) : null;
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

    /** Follows keys through nested maps; returns null if a step does not exist. */
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

    /** Values and metadata keep the text of their numbers; evaluation uses their values. */
    private static Property propertyOf(Object tree) {
        return new Property(Objects.requireNonNull(Json.typed(tree)));
    }

    /** A property of the context, by the number of its path. */
    record InContext(int number) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState state) {
            return state.property(number);
        }
    }

    record AllResults() implements Selector {
        @Override
        public Property select(EvaluationState state) {
            return propertyOf(state.resultsAsTree());
        }
    }

    /** A variant as a whole. No specification defines its text; this engine uses its JSON. */
    record WholeResult(int position) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState state) {
            EvaluatedVariant result = state.result(position);
            return result == null ? null : propertyOf(result.asTree());
        }
    }

    record ResultKey(int position) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState state) {
            EvaluatedVariant result = state.result(position);
            return result == null ? null : result.keyProperty();
        }
    }

    record ResultValue(int position, List<String> steps) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState state) {
            EvaluatedVariant result = state.result(position);
            return result == null ? null : follow(steps, result.value());
        }
    }

    record ResultMetadata(int position, List<String> steps) implements Selector {
        @Override
        public @Nullable Property select(EvaluationState state) {
            EvaluatedVariant result = state.result(position);
            return result == null ? null : follow(steps, result.metadata());
        }
    }

    record Nowhere() implements Selector {
        @Override
        public @Nullable Property select(EvaluationState state) {
            return null;
        }
    }
}
