package io.variate.engine;

import java.util.IdentityHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Matches patterns against texts within a budget of steps for each match, with matchers that are kept for the next time.
 * Used by one thread.
 */
final class PatternMatching {

    /** Matchers to keep; beyond it, all are forgotten, those of replaced flags with them. */
    private static final int MOST_MATCHERS = 1_000;

    private final int budget;
    private final SteppedText text = new SteppedText();
    private final IdentityHashMap<Pattern, Matcher> matchers = new IdentityHashMap<>();
    private int abandoned;

    /** @param budget characters that a pattern may look at in one text */
    PatternMatching(int budget) {
        this.budget = budget;
    }

    /**
     * Whether a pattern matches the whole of a text.
     *
     * @throws AbandonedMatch if that takes more steps than the budget has, or a deeper stack than the thread has
     */
    boolean matches(Pattern pattern, String subject) {
        text.hold(subject, budget);
        try {
            return matcher(pattern).reset().matches();
        } catch (AbandonedMatch | StackOverflowError undecided) {
            abandoned++;
            throw new AbandonedMatch();
        } finally {
            text.hold("", 0);
        }
    }

    private Matcher matcher(Pattern pattern) {
        Matcher matcher = matchers.get(pattern);
        if (matcher == null) {
            if (matchers.size() >= MOST_MATCHERS) {
                matchers.clear();
            }
            matcher = pattern.matcher(text);
            matchers.put(pattern, matcher);
        }
        return matcher;
    }

    /** How many matches have been given up since this was last asked. */
    int takeAbandoned() {
        int count = abandoned;
        abandoned = 0;
        return count;
    }
}
