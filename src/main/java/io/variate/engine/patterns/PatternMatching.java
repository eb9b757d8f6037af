package io.variate.engine.patterns;

import java.util.IdentityHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Matches patterns within a step budget, with reused matchers. All patterns of a condition and all elements of a list
 * share one budget, because the client controls the number of elements. An evaluation has a budget of its own, a small
 * multiple of it. Used by one thread.
 */
public final class PatternMatching {

    /** The maximum number of cached matchers. The cache is cleared when full, including matchers of replaced flags. */
    private static final int MAX_MATCHERS = 1_000;

    /** The text length, in chars, above which a matcher is not cached: it retains memory that each later use clears. */
    private static final int LONG_TEXT = 4_096;

    /** The number of conditions per evaluation that may exhaust their budget; later conditions have none left. */
    private static final int MAX_RUNAWAYS = 10;

    private final int budget;
    private long evaluationBudget;
    private final SteppedText text = new SteppedText();
    private final IdentityHashMap<Pattern, Matcher> matchers = new IdentityHashMap<>();
    private int abandoned;

    /**
     * Creates a matching context.
     *
     * @param budget the maximum character reads per condition
     */
    public PatternMatching(int budget) {
        this.budget = budget;
    }

    /** Restores the budget for the next evaluation. */
    public void beginEvaluation() {
        evaluationBudget = (long) MAX_RUNAWAYS * budget;
    }

    /** Restores the budget for the next condition. */
    public void beginCondition() {
        text.setBudget((int) Math.min(budget, evaluationBudget));
    }

    /**
     * Whether a pattern matches a whole text.
     *
     * @throws AbandonedMatch if the match exhausts the budget or the stack of the thread, or hits a defect of the
     *     library
     */
    public boolean matches(BoundedPattern bounded, String subject) {
        int before = text.remaining();
        try {
            text.begin(subject, bounded.readCost(), bounded.lastReadCost());
            return matcher(bounded.pattern()).reset().matches();
        } catch (AbandonedMatch undecided) {
            abandoned++;
            throw undecided;
        } catch (StackOverflowError undecided) {
            // Unwinding a stack takes as long as using up a budget, although few reads may have led there.
            text.exhaust();
            abandoned++;
            throw new AbandonedMatch();
        } catch (NullPointerException | IndexOutOfBoundsException defect) {
            // The library compiles some intersections, such as [\da&&&[a]], and throws when matching them.
            abandoned++;
            throw new AbandonedMatch();
        } finally {
            text.clear();
            evaluationBudget -= before - text.remaining();
            if (subject.length() > LONG_TEXT) {
                matchers.remove(bounded.pattern());
            }
        }
    }

    private Matcher matcher(Pattern pattern) {
        Matcher matcher = matchers.get(pattern);
        if (matcher == null) {
            if (matchers.size() >= MAX_MATCHERS) {
                matchers.clear();
            }
            matcher = pattern.matcher(text);
            matchers.put(pattern, matcher);
        }
        return matcher;
    }

    /** Returns the number of matches abandoned since the last call. */
    public int takeAbandonedCount() {
        int count = abandoned;
        abandoned = 0;
        return count;
    }
}
