package io.variate.engine.patterns;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern whose matching ends within a budget of looks at characters, with what each look is charged. Immutable.
 *
 * @param look what a look at a character is charged, 1 for most patterns
 * @param lastLook what a look at the last character is charged
 */
public record BoundedPattern(Pattern pattern, int look, int lastLook) {

    /** In chars. A pattern takes up to some hundred times its own room, and time, to compile. */
    static final int MOST_CHARS = 65_536;

    /** Nodes of a pattern that may be visited between two looks at a character: some milliseconds. */
    private static final double MOST_NODES = 1e6;

    /** Nodes that a look may lead to without being charged for them; ordinary patterns have fewer. */
    private static final int FREE_NODES = 16;

    /** Nodes that are visited in the time of a look at a character. */
    private static final int NODES_A_LOOK = 4;

    /** What a pattern is refused for. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Compiles a pattern.
     *
     * @throws RefusedException if the pattern is invalid, or may take longer than its looks at characters tell
     */
    public static BoundedPattern compile(String text) throws RefusedException {
        if (text.length() > MOST_CHARS) {
            throw new RefusedException(
                    "it must not be longer than " + MOST_CHARS + " characters, and has " + text.length());
        }
        try {
            Pattern pattern = Pattern.compile(text);
            return bounded(pattern, PatternSyntax.read(text));
        } catch (PatternSyntaxException invalid) {
            throw new RefusedException(invalid.getDescription());
        } catch (PatternSyntax.TooDeepException tooDeep) {
            throw new RefusedException(String.valueOf(tooDeep.getMessage()));
        } catch (StackOverflowError tooDeep) {
            throw new RefusedException("nested too deep");
        } catch (IllegalArgumentException | IllegalStateException | ArithmeticException notUnderstood) {
            throw new RefusedException("its cost cannot be bounded: " + notUnderstood.getMessage());
        }
    }

    private static BoundedPattern bounded(Pattern pattern, PatternSyntax.Reading reading) throws RefusedException {
        if (reading.canonical()) {
            throw new RefusedException("the flag (?c) is not supported");
        }
        PatternCost cost = PatternCost.of(reading.tree());
        if (!(cost.greater() <= MOST_NODES)) {
            throw new RefusedException(
                    "it may take more than " + (long) MOST_NODES
                            + " steps without reading a character: simplify repetitions and alternatives that may match nothing");
        }
        double parts = reading.parts();
        return new BoundedPattern(pattern, charge(cost.inside() + parts), charge(cost.greater() + parts));
    }

    private static int charge(double nodes) {
        return (int) Math.min(MOST_NODES, 1 + Math.max(0, nodes - FREE_NODES) / NODES_A_LOOK);
    }
}
