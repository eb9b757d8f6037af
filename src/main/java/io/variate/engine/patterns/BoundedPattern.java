package io.variate.engine.patterns;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern that matches within a budget of character reads, with the cost of each read. Immutable.
 *
 * @param readCost the cost of a character read; 1 for most patterns
 * @param lastReadCost the cost of a read of the last character
 */
public record BoundedPattern(Pattern pattern, int readCost, int lastReadCost) {

    /** In chars. Compiling a pattern needs up to some hundred times its own memory, and time. */
    static final int MAX_CHARS = 65_536;

    /** The maximum number of nodes visited between two character reads: some milliseconds. */
    private static final double MAX_NODES = 1e6;

    /** Nodes per character read that are not charged; ordinary patterns visit fewer. */
    private static final int FREE_NODES = 16;

    /** Nodes visited in the time of one character read. */
    private static final int NODES_PER_READ = 4;

    /** Reports a rejected pattern and the reason. */
    public static final class RejectedException extends Exception {
        private static final long serialVersionUID = 1;

        RejectedException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Compiles a pattern.
     *
     * @throws RejectedException if the pattern is invalid, or if character reads do not bound its cost
     */
    public static BoundedPattern compile(String text) throws RejectedException {
        if (text.length() > MAX_CHARS) {
            throw new RejectedException("it must have at most " + MAX_CHARS + " characters, has " + text.length());
        }
        try {
            Pattern pattern = Pattern.compile(text);
            return withCosts(pattern, PatternSyntax.read(text));
        } catch (PatternSyntaxException invalid) {
            throw new RejectedException(invalid.getDescription());
        } catch (PatternSyntax.TooDeepException tooDeep) {
            throw new RejectedException(String.valueOf(tooDeep.getMessage()));
        } catch (StackOverflowError tooDeep) {
            throw new RejectedException("nested too deeply");
        } catch (IllegalArgumentException | IllegalStateException | ArithmeticException notUnderstood) {
            throw new RejectedException("its cost cannot be bounded: " + notUnderstood.getMessage());
        }
    }

    private static BoundedPattern withCosts(Pattern pattern, PatternSyntax.Reading reading) throws RejectedException {
        if (reading.canonical()) {
            throw new RejectedException("the flag (?c) is not supported");
        }
        PatternCost bound = PatternCost.of(reading.tree());
        if (!(bound.greater() <= MAX_NODES)) {
            throw new RejectedException(
                    "it may take more than " + (long) MAX_NODES + " steps without reading a character:"
                            + " simplify repetitions and alternatives that may match nothing");
        }
        double parts = reading.parts();
        return new BoundedPattern(pattern, cost(bound.inside() + parts), cost(bound.greater() + parts));
    }

    private static int cost(double nodes) {
        return (int) Math.min(MAX_NODES, 1 + Math.max(0, nodes - FREE_NODES) / NODES_PER_READ);
    }
}
