package io.variate.engine.patterns;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The structure of a {@code java.util.regex} pattern, as far as its cost and portability depend on it. */
sealed interface PatternTree {

    /** Matches the empty text. */
    record Empty() implements PatternTree {}

    /**
     * One character.
     *
     * @param set the characters, or null if only the library knows them
     * @param parts the parts of the class, each of which may be tried for a character
     */
    record One(@Nullable CharSet set, int parts) implements PatternTree {}

    /** Any character except a line break; {@code all} includes line breaks. */
    record Dot(boolean all) implements PatternTree {}

    /** {@code \R}, which consumes one or two characters. */
    record LineBreak() implements PatternTree {}

    /** {@code \X}, which consumes any number of characters. */
    record Grapheme() implements PatternTree {}

    /**
     * Tests a position and consumes nothing.
     *
     * @param portable the notation that all engines understand, or null if some cannot express it
     */
    record Anchor(@Nullable String portable) implements PatternTree {

        /** The very end of the text; {@code $} also matches before a final line break. */
        static final Anchor VERY_END = new Anchor("\\z");
    }

    /** Parts in sequence. */
    record Sequence(List<PatternTree> parts) implements PatternTree {}

    /** Alternatives, tried in order. */
    record Choice(List<PatternTree> alternatives) implements PatternTree {}

    /** A group, capturing or not. */
    record Group(PatternTree body, boolean captures) implements PatternTree {}

    /** A group without backtracking into its body. */
    record Atomic(PatternTree body) implements PatternTree {}

    /** Look-around. */
    record LookAround(PatternTree body, boolean ahead, boolean negated) implements PatternTree {}

    /** A back reference to a capturing group. */
    record Reference(int group) implements PatternTree {}

    /**
     * Repetition.
     *
     * @param most {@link #UNBOUNDED} for no bound
     */
    record Repeat(PatternTree body, int least, int most, Mode mode) implements PatternTree {}

    /** The backtracking of a repetition. */
    enum Mode {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    int UNBOUNDED = Integer.MAX_VALUE;
}
