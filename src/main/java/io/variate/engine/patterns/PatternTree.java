package io.variate.engine.patterns;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The structure of a regular expression of {@code java.util.regex}, as far as its cost and its portability need it. */
sealed interface PatternTree {

    /** Matches the empty text. */
    record Empty() implements PatternTree {}

    /**
     * One character.
     *
     * @param set the characters, or null if they are known to the library only
     * @param parts of the class, each of which may be tried for a character
     */
    record One(@Nullable CharSet set, int parts) implements PatternTree {}

    /** Any character but a line break; {@code all} includes those. */
    record Dot(boolean all) implements PatternTree {}

    /** {@code \R}, which takes one or two characters. */
    record LineBreak() implements PatternTree {}

    /** {@code \X}, which takes any number of characters. */
    record Grapheme() implements PatternTree {}

    /**
     * Looks at a position and takes nothing.
     *
     * @param portable how all engines write it, or null if some cannot
     */
    record Anchor(@Nullable String portable) implements PatternTree {

        /** The end of the text, also where {@code $} would stop before a line break. */
        static final Anchor VERY_END = new Anchor("\\z");
    }

    /** One after the other. */
    record Sequence(List<PatternTree> parts) implements PatternTree {}

    /** The first that leads to a match. */
    record Choice(List<PatternTree> alternatives) implements PatternTree {}

    /** A group, capturing or not. */
    record Group(PatternTree body, boolean captures) implements PatternTree {}

    /** Takes the first way through its body and never another. */
    record Atomic(PatternTree body) implements PatternTree {}

    /** Look-around. */
    record Look(PatternTree body, boolean ahead, boolean negated) implements PatternTree {}

    /** What a capturing group took. */
    record Reference(int group) implements PatternTree {}

    /**
     * Repetition.
     *
     * @param most {@link #UNBOUNDED} for no bound
     */
    record Repeat(PatternTree body, int least, int most, Mode mode) implements PatternTree {}

    /** How a repetition gives back what it took. */
    enum Mode {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    int UNBOUNDED = Integer.MAX_VALUE;
}
