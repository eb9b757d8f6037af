package io.variate.engine.patterns;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A set of Unicode code points. Immutable. */
final class CharSet {

    /** A range of code points; both bounds are inclusive. */
    record Span(int first, int last) {}

    static final CharSet NONE = new CharSet(List.of());
    static final CharSet ALL = new CharSet(List.of(new Span(0, Character.MAX_CODE_POINT)));

    /** Sorted, with gaps between them. */
    private final List<Span> spans;

    private CharSet(List<Span> spans) {
        this.spans = spans;
    }

    static CharSet of(int character) {
        return range(character, character);
    }

    static CharSet range(int first, int last) {
        return new CharSet(List.of(new Span(first, last)));
    }

    /** @param bounds the first and last character of each span */
    static CharSet pairs(String bounds) {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < bounds.length(); i += 2) {
            spans.add(new Span(bounds.charAt(i), bounds.charAt(i + 1)));
        }
        return union(spans);
    }

    static CharSet union(List<Span> any) {
        List<Span> sorted =
                any.stream().sorted(Comparator.comparingInt(Span::first)).toList();
        List<Span> merged = new ArrayList<>();
        for (Span span : sorted) {
            Span last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (last != null && span.first() <= last.last() + 1) {
                merged.set(merged.size() - 1, new Span(last.first(), Math.max(last.last(), span.last())));
            } else {
                merged.add(span);
            }
        }
        return new CharSet(List.copyOf(merged));
    }

    List<Span> spans() {
        return spans;
    }

    CharSet or(CharSet other) {
        List<Span> both = new ArrayList<>(spans);
        both.addAll(other.spans);
        return union(both);
    }

    CharSet and(CharSet other) {
        return not().or(other.not()).not();
    }

    CharSet not() {
        List<Span> gaps = new ArrayList<>();
        int next = 0;
        for (Span span : spans) {
            if (span.first() > next) {
                gaps.add(new Span(next, span.first() - 1));
            }
            next = span.last() + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps.add(new Span(next, Character.MAX_CODE_POINT));
        }
        return new CharSet(List.copyOf(gaps));
    }

    /** Returns the set with both cases of each ASCII letter. */
    CharSet ignoringAsciiCase() {
        List<Span> both = new ArrayList<>(spans);
        for (Span span : and(range('a', 'z')).spans) {
            both.add(new Span(span.first() - 'a' + 'A', span.last() - 'a' + 'A'));
        }
        for (Span span : and(range('A', 'Z')).spans) {
            both.add(new Span(span.first() - 'A' + 'a', span.last() - 'A' + 'a'));
        }
        return union(both);
    }

    boolean isEmpty() {
        return spans.isEmpty();
    }

    /** Whether the set has exactly one character. */
    boolean isSingle() {
        return spans.size() == 1 && spans.get(0).first() == spans.get(0).last();
    }

    boolean contains(int character) {
        return spans.stream().anyMatch(span -> span.first() <= character && character <= span.last());
    }
}
