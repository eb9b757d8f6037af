package io.variate.engine.patterns;

import java.util.IdentityHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Matches patterns against texts within a budget of steps, with matchers that are kept for the next time. The budget is
 * for all the patterns of a condition and all the elements of a list together, for the number of elements is up to
 * whoever sends the list; and an evaluation has one that is some times as large. Used by one thread.
 */
public final class PatternMatching {

    /** Matchers to keep; beyond it, all are forgotten, those of replaced flags with them. */
    private static final int MOST_MATCHERS = 1_000;

    /** Chars of a text; matchers of longer ones are not kept, for they hold on to memory that each later use clears. */
    private static final int LONG_TEXT = 4_096;

    /** Conditions that may use up their whole budget in one evaluation; further ones find theirs empty. */
    private static final int MOST_RUNAWAYS = 10;

    private final int budget;
    private long leftOfEvaluation;
    private final SteppedText text = new SteppedText();
    private final IdentityHashMap<Pattern, Matcher> matchers = new IdentityHashMap<>();
    private int abandoned;

    /**
     * Matches patterns within a budget.
     *
     * @param budget how often characters may be looked at for one condition
     */
    public PatternMatching(int budget) {
        this.budget = budget;
    }

    /** Fills the budget up, for the next evaluation. */
    public void beginEvaluation() {
        leftOfEvaluation = (long) MOST_RUNAWAYS * budget;
    }

    /** Fills the budget up, for the next condition. */
    public void beginCondition() {
        text.allow((int) Math.min(budget, leftOfEvaluation));
    }

    /**
     * Whether a pattern matches the whole of a text.
     *
     * @throws AbandonedMatch if that takes more steps than are left of the budget, a deeper stack than the thread has, or hits a
     *     defect of the library
     */
    public boolean matches(BoundedPattern bounded, String subject) {
        int before = text.allowed();
        try {
            text.hold(subject, bounded.look(), bounded.lastLook());
            return matcher(bounded.pattern()).reset().matches();
        } catch (AbandonedMatch undecided) {
            abandoned++;
            throw undecided;
        } catch (StackOverflowError undecided) {
            // Unwinding a stack takes as long as a budget, though few looks may have led there.
            text.exhaust();
            abandoned++;
            throw new AbandonedMatch();
        } catch (NullPointerException | IndexOutOfBoundsException defect) {
            // The library compiles some intersections, such as [\da&&&[a]], and fails on them later.
            abandoned++;
            throw new AbandonedMatch();
        } finally {
            text.release();
            leftOfEvaluation -= before - text.allowed();
            if (subject.length() > LONG_TEXT) {
                matchers.remove(bounded.pattern());
            }
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
    public int takeAbandoned() {
        int count = abandoned;
        abandoned = 0;
        return count;
    }
}
