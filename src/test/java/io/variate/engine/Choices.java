package io.variate.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * The decisions by which a test makes its input: drawn at random, or taken from a list. Every decision is written down,
 * so that a shorter list of smaller numbers is a simpler input; 0 must stand for the simplest. Used by one thread.
 */
final class Choices {

    private final SplittableRandom random;
    private final int[] given;
    private final boolean free;
    private final List<Integer> made = new ArrayList<>();
    private final Map<String, String> notes = new LinkedHashMap<>();

    private Choices(long seed, int[] given, boolean free) {
        this.random = new SplittableRandom(seed);
        this.given = given;
        this.free = free;
    }

    static Choices random(long seed) {
        return new Choices(seed, new int[0], true);
    }

    /** Takes decisions from a list, as far as they fit, and 0 for all that follow. */
    static Choices of(int[] given) {
        return new Choices(0, given, false);
    }

    /** A number from 0 to below the bound. */
    int below(int bound) {
        int next = made.size();
        int choice = free ? random.nextInt(bound) : next < given.length ? Math.min(given[next], bound - 1) : 0;
        made.add(choice);
        return choice;
    }

    /** True in so many of a hundred cases. */
    boolean chance(int percent) {
        return below(100) >= 100 - percent;
    }

    <T> T oneOf(List<? extends T> values) {
        return values.get(below(values.size()));
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    final <T> T oneOf(T... values) {
        return oneOf(Arrays.asList(values));
    }

    <T> List<T> listOf(int most, Supplier<? extends T> element) {
        List<T> list = new ArrayList<>();
        while (more(list.size(), most)) {
            list.add(element.get());
        }
        return list;
    }

    /**
     * Whether to add to so many things, so that any number up to the most is as likely. Asked before each of them, it
     * lets a thing be left out together with the choice for it.
     */
    boolean more(int have, int most) {
        return have < most && below(most - have + 1) > 0;
    }

    /** The values in some other order. */
    <T> List<T> shuffled(List<T> values) {
        List<T> left = new ArrayList<>(values);
        List<T> shuffled = new ArrayList<>(values.size());
        while (!left.isEmpty()) {
            shuffled.add(left.remove(below(left.size())));
        }
        return shuffled;
    }

    /** Something for a reader to know if the invariant fails with these choices. */
    void note(String name, Object value) {
        notes.put(name, String.valueOf(value));
    }

    Map<String, String> notes() {
        return notes;
    }

    int[] made() {
        return made.stream().mapToInt(Integer::intValue).toArray();
    }
}
