package io.variate.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * The decisions from which a test generates its input: random, or replayed from a list. All decisions are recorded, so
 * a shorter list of smaller numbers is a simpler input; 0 must stand for the simplest choice. Used by one thread.
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

    /** Replays decisions from a list, limited to the bounds; later decisions are 0. */
    static Choices of(int[] given) {
        return new Choices(0, given, false);
    }

    /** Returns a number from 0 to below the bound. */
    int below(int bound) {
        int next = made.size();
        int choice = free ? random.nextInt(bound) : next < given.length ? Math.min(given[next], bound - 1) : 0;
        made.add(choice);
        return choice;
    }

    /** Returns true with a probability in percent. */
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

    <T> List<T> listOf(int max, Supplier<? extends T> element) {
        List<T> list = new ArrayList<>();
        while (more(list.size(), max)) {
            list.add(element.get());
        }
        return list;
    }

    /**
     * Whether to add another element, so that all sizes up to the maximum are equally likely. A decision before each
     * element lets shrinking remove an element together with its decision.
     */
    boolean more(int size, int max) {
        return size < max && below(max - size + 1) > 0;
    }

    /** Returns the values in another order. */
    <T> List<T> shuffled(List<T> values) {
        List<T> remaining = new ArrayList<>(values);
        List<T> shuffled = new ArrayList<>(values.size());
        while (!remaining.isEmpty()) {
            shuffled.add(remaining.remove(below(remaining.size())));
        }
        return shuffled;
    }

    /** Records a value for the failure message of an invariant. */
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
