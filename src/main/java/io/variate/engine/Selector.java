package io.variate.engine;

import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The way from the target of an evaluation to one value. Immutable. */
sealed interface Selector {

    @Nullable
    Object select(Target target);

    /**
     * The selector that follows some keys.
     *
     * @param slots tells the slot of a flag by its key, below 0 for flags that do not exist
     */
    static Selector compile(List<String> keys, ToIntFunction<String> slots) {
        String root = keys.isEmpty() ? "" : keys.get(0);
        if (root.equals("context")) {
            return new InContext(stepsFrom(1, keys));
        }
        if (!root.equals("result")) {
            return new Nowhere();
        }
        if (keys.size() == 1) {
            return new AllResults();
        }
        int slot = slots.applyAsInt(keys.get(1));
        if (slot < 0) {
            return new Nowhere();
        }
        return keys.size() == 2 ? new WholeResult(slot) : inResult(slot, keys);
    }

    private static Selector inResult(int slot, List<String> keys) {
        String[] steps = stepsFrom(3, keys);
        return switch (keys.get(2)) {
            case "key" -> steps.length == 0 ? new ResultKey(slot) : new Nowhere();
            case "value" -> new ResultValue(slot, steps);
            case "metadata" -> new ResultMetadata(slot, steps);
            default -> new Nowhere();
        };
    }

    private static String[] stepsFrom(int first, List<String> keys) {
        return first >= keys.size()
                ? new String[0]
                : keys.subList(first, keys.size()).toArray(String[]::new);
    }

    /** Follows keys through nested maps; null as soon as there is nothing to follow. */
    private static @Nullable Object follow(String[] steps, @Nullable Object start) {
        Object at = start;
        for (String step : steps) {
            if (!(at instanceof Map<?, ?> members)) {
                return null;
            }
            at = members.get(step);
        }
        return at;
    }

    final class InContext implements Selector {
        private final String[] steps;

        private InContext(String[] steps) {
            this.steps = steps;
        }

        @Override
        public @Nullable Object select(Target target) {
            return follow(steps, target.context());
        }
    }

    record AllResults() implements Selector {
        @Override
        public Object select(Target target) {
            return target.resultsAsTree();
        }
    }

    /** A variant as a whole, which has no text of its own in any specification: its JSON. */
    record WholeResult(int slot) implements Selector {
        @Override
        public @Nullable Object select(Target target) {
            EvaluatedVariant result = target.result(slot);
            return result == null ? null : result.asTree();
        }
    }

    record ResultKey(int slot) implements Selector {
        @Override
        public @Nullable Object select(Target target) {
            EvaluatedVariant result = target.result(slot);
            return result == null ? null : result.key();
        }
    }

    final class ResultValue implements Selector {
        private final int slot;
        private final String[] steps;

        private ResultValue(int slot, String[] steps) {
            this.slot = slot;
            this.steps = steps;
        }

        @Override
        public @Nullable Object select(Target target) {
            EvaluatedVariant result = target.result(slot);
            return result == null ? null : follow(steps, result.value());
        }
    }

    final class ResultMetadata implements Selector {
        private final int slot;
        private final String[] steps;

        private ResultMetadata(int slot, String[] steps) {
            this.slot = slot;
            this.steps = steps;
        }

        @Override
        public @Nullable Object select(Target target) {
            EvaluatedVariant result = target.result(slot);
            return result == null ? null : follow(steps, result.metadata());
        }
    }

    record Nowhere() implements Selector {
        @Override
        public @Nullable Object select(Target target) {
            return null;
        }
    }
}
