package io.variate.engine.patterns;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A pattern rewritten for the engines of all SDKs: JavaScript without flags, Go's RE2, Python, Ruby, PCRE, ICU and
 * Java. A construct that some engines lack is replaced by an exact equivalent if there is one: {@code (?i)a} by {@code
 * [Aa]}. Immutable.
 *
 * @param text in the syntax that all engines share, or as written if there is no equivalent
 * @param obstacles constructs on which some engine throws, so that an SDK evaluates no flag at all; usually empty
 * @param cautions constructs that some engine does not support, so that the condition never holds there
 */
public record PortablePattern(String text, Set<String> obstacles, Set<String> cautions) {

    /** The obstacles of an invalid pattern, which never matches anywhere. */
    public static final Set<String> INVALID = Set.of("the pattern is invalid");

    /** The maximum repetitions in Ruby and PCRE. */
    private static final int MAX_REPETITIONS = 65_535;

    /** The maximum repetitions in Go. */
    private static final int MAX_GO_REPETITIONS = 1_000;

    private static final CharSet LINE_BREAKS = CharSet.pairs("\n\n\r\r\u0085\u0085\u2028\u2029");

    private static final CharSet SURROGATES = CharSet.range(Character.MIN_SURROGATE, Character.MAX_SURROGATE);

    /** Rewrites a pattern. */
    public static PortablePattern of(String pattern) {
        try {
            BoundedPattern.compile(pattern);
        } catch (BoundedPattern.RejectedException rejected) {
            return new PortablePattern(pattern, INVALID, Set.of());
        }
        PatternSyntax.Reading reading = PatternSyntax.read(pattern);
        Writer writer = new Writer(reading.obstacles());
        String text = writer.write(reading.tree(), Follow.END);
        boolean asWritten = reading.plain() || !writer.obstacles.isEmpty();
        return new PortablePattern(asWritten ? pattern : text, writer.obstacles, writer.cautions);
    }

    /**
     * What follows a part.
     *
     * @param end whether the end of the text follows
     * @param next otherwise, the characters of which one must follow; empty if unknown
     */
    private record Follow(boolean end, CharSet next) {
        static final Follow END = new Follow(true, CharSet.NONE);
        static final Follow UNKNOWN = new Follow(false, CharSet.NONE);

        /** Whether a repetition of these characters must consume all it can to let the rest match. */
        boolean excludes(CharSet repeated) {
            return end || (!next.isEmpty() && next.and(repeated).isEmpty());
        }
    }

    private static final class Writer {
        private final Set<String> obstacles;
        private final Set<String> cautions = new TreeSet<>();

        Writer(Set<String> known) {
            this.obstacles = new TreeSet<>(known);
        }

        String write(PatternTree tree, Follow follow) {
            if (tree instanceof PatternTree.One one) {
                return one(one);
            }
            if (tree instanceof PatternTree.Dot dot) {
                return dot.all() ? "[\\s\\S]" : ".";
            }
            if (tree instanceof PatternTree.LineBreak) {
                return "(?:\\r\\n|" + set(CharSet.pairs("\n\r\u0085\u0085\u2028\u2029")) + ")";
            }
            if (tree instanceof PatternTree.Anchor anchor) {
                return anchor(anchor, follow);
            }
            if (tree instanceof PatternTree.Reference reference) {
                cautions.add("back references");
                return "(?:\\" + reference.group() + ")";
            }
            if (tree instanceof PatternTree.Sequence sequence) {
                return sequence(sequence.parts(), follow);
            }
            if (tree instanceof PatternTree.Choice choice) {
                List<String> alternatives = new ArrayList<>();
                choice.alternatives().forEach(alternative -> alternatives.add(write(alternative, follow)));
                return String.join("|", alternatives);
            }
            if (tree instanceof PatternTree.Group group) {
                return (group.captures() ? "(" : "(?:") + write(group.body(), follow) + ")";
            }
            if (tree instanceof PatternTree.Atomic atomic) {
                return atomic(atomic.body(), follow);
            }
            if (tree instanceof PatternTree.LookAround look) {
                return look(look);
            }
            return tree instanceof PatternTree.Repeat repeat ? repeat(repeat, follow) : "";
        }

        private String sequence(List<PatternTree> parts, Follow follow) {
            String[] written = new String[parts.size()];
            Follow following = follow;
            for (int i = parts.size() - 1; i >= 0; i--) {
                written[i] = write(parts.get(i), following);
                following = following.end() && isEnd(parts.get(i)) ? following : new Follow(false, first(parts.get(i)));
            }
            return String.join("", written);
        }

        private static boolean isEnd(PatternTree part) {
            return part.equals(PatternTree.Anchor.VERY_END)
                    || (part instanceof PatternTree.Anchor anchor && "$".equals(anchor.portable()));
        }

        private String anchor(PatternTree.Anchor anchor, Follow follow) {
            if (anchor.equals(PatternTree.Anchor.VERY_END)) {
                if (!follow.end()) {
                    obstacles.add("\\z before the end");
                }
                return "$";
            }
            return anchor.portable() == null ? "" : anchor.portable();
        }

        /** Returns the characters that a part may start with; empty if it may consume nothing. */
        private static CharSet first(PatternTree tree) {
            if (tree instanceof PatternTree.Repeat repeat) {
                return repeat.least() > 0 ? first(repeat.body()) : CharSet.NONE;
            }
            if (tree instanceof PatternTree.Group group) {
                return first(group.body());
            }
            if (tree instanceof PatternTree.Sequence sequence) {
                return sequence.parts().isEmpty()
                        ? CharSet.NONE
                        : first(sequence.parts().get(0));
            }
            return consumed(tree);
        }

        /** Returns the characters that a single-character part consumes; empty for other parts. */
        private static CharSet consumed(PatternTree tree) {
            if (tree instanceof PatternTree.Dot dot) {
                return dot.all() ? CharSet.ALL : LINE_BREAKS.not();
            }
            return tree instanceof PatternTree.One one && one.set() != null ? one.set() : CharSet.NONE;
        }

        private String repeat(PatternTree.Repeat repeat, Follow follow) {
            if (repeat.body() instanceof PatternTree.Empty) {
                return "";
            }
            if (repeat.mode() == PatternTree.Mode.POSSESSIVE && !neverBacktracks(repeat, follow)) {
                obstacles.add("possessive repetitions");
            }
            if (repeat.body() instanceof PatternTree.LineBreak) {
                // A repeated \R never splits a carriage return and line feed.
                obstacles.add("repetitions of \\R");
            }
            int bound = repeat.most() == PatternTree.UNBOUNDED ? repeat.least() : repeat.most();
            if (bound > MAX_REPETITIONS) {
                obstacles.add("more than " + MAX_REPETITIONS + " repetitions");
            } else if (bound > MAX_GO_REPETITIONS) {
                cautions.add("more than " + MAX_GO_REPETITIONS + " repetitions");
            }
            String body = write(repeat.body(), Follow.UNKNOWN);
            boolean isUnit = repeat.body() instanceof PatternTree.Group
                    || repeat.body() instanceof PatternTree.Dot
                    || (repeat.body() instanceof PatternTree.One
                            && body.codePointCount(0, body.length()) == body.length());
            return (isUnit ? body : "(?:" + body + ")")
                    + bounds(repeat.least(), repeat.most())
                    + (repeat.mode() == PatternTree.Mode.LAZY ? "?" : "");
        }

        /** Whether a greedy repetition would never backtrack here. */
        private static boolean neverBacktracks(PatternTree.Repeat repeat, Follow follow) {
            CharSet consumed = consumed(repeat.body());
            return !consumed.isEmpty() && (repeat.least() == repeat.most() || follow.excludes(consumed));
        }

        private static String bounds(int least, int most) {
            if (most == PatternTree.UNBOUNDED) {
                return least == 0 ? "*" : least == 1 ? "+" : "{" + least + ",}";
            }
            if (least == 0 && most == 1) {
                return "?";
            }
            return least == most ? "{" + least + "}" : "{" + least + "," + most + "}";
        }

        private String atomic(PatternTree body, Follow follow) {
            boolean deterministic = body instanceof PatternTree.Repeat repeat
                    ? repeat.mode() != PatternTree.Mode.LAZY && neverBacktracks(repeat, follow)
                    : isDeterministic(body);
            if (!deterministic) {
                obstacles.add("atomic groups");
            }
            return "(?:" + write(body, follow) + ")";
        }

        private static boolean isDeterministic(PatternTree tree) {
            return tree instanceof PatternTree.One
                    || tree instanceof PatternTree.Dot
                    || tree instanceof PatternTree.Anchor
                    || (tree instanceof PatternTree.Sequence sequence
                            && sequence.parts().stream().allMatch(Writer::isDeterministic));
        }

        private String look(PatternTree.LookAround look) {
            cautions.add("look-around");
            if (!look.ahead() && length(look.body()) < 0) {
                obstacles.add("look-behind of varying length");
            }
            return (look.ahead() ? "(?" : "(?<")
                    + (look.negated() ? "!" : "=")
                    + write(look.body(), Follow.UNKNOWN)
                    + ")";
        }

        /** Returns the number of characters that a part consumes; -1 if it varies. */
        private static long length(PatternTree tree) {
            if (tree instanceof PatternTree.One || tree instanceof PatternTree.Dot) {
                return 1;
            }
            if (tree instanceof PatternTree.Group group) {
                return length(group.body());
            }
            if (tree instanceof PatternTree.Repeat repeat) {
                long once = length(repeat.body());
                return repeat.least() == repeat.most() && once >= 0 ? once * repeat.least() : -1;
            }
            if (tree instanceof PatternTree.Sequence sequence) {
                return sequence.parts().stream()
                        .mapToLong(Writer::length)
                        .reduce(0, (sum, length) -> sum < 0 || length < 0 ? -1 : sum + length);
            }
            if (tree instanceof PatternTree.Choice choice) {
                return choice.alternatives().stream()
                        .mapToLong(Writer::length)
                        .reduce((one, other) -> one == other ? one : -1)
                        .orElse(-1);
            }
            boolean consumesNothing = tree instanceof PatternTree.Anchor
                    || tree instanceof PatternTree.Empty
                    || tree instanceof PatternTree.LookAround;
            return consumesNothing ? 0 : -1;
        }

        private String one(PatternTree.One one) {
            if (one.set() == null) {
                return "";
            }
            return one.set().isSingle() ? literal(one.set().spans().get(0).first(), "\\^$.|?*+()[]{}") : set(one.set());
        }

        private String set(CharSet set) {
            if (set.isEmpty()) {
                return "[^\\s\\S]";
            }
            if (set.not().isEmpty()) {
                return "[\\s\\S]";
            }
            boolean negated = set.contains(Character.MAX_CODE_POINT);
            CharSet listed = negated ? set.not() : set;
            if (listed.contains(Character.MAX_CODE_POINT)
                    || !listed.and(CharSet.range(0x10000, Character.MAX_CODE_POINT))
                            .isEmpty()) {
                obstacles.add("classes with characters beyond U+FFFF");
            }
            StringBuilder text = new StringBuilder(negated ? "[^" : "[");
            for (CharSet.Span span : listed.spans()) {
                text.append(literal(span.first(), "\\^-[]&~|"));
                if (span.last() > span.first()) {
                    text.append(span.last() > span.first() + 1 ? "-" : "").append(literal(span.last(), "\\^-[]&~|"));
                }
            }
            return text.append(']').toString();
        }

        private String literal(int c, String special) {
            if (SURROGATES.contains(c)) {
                obstacles.add("lone surrogates");
            }
            if (c >= 0x20 && c < 0x7f) {
                return special.indexOf(c) >= 0 ? "\\" + (char) c : String.valueOf((char) c);
            }
            return switch (c) {
                case '\t' -> "\\t";
                case '\n' -> "\\n";
                case '\r' -> "\\r";
                case '\f' -> "\\f";
                default -> c < 0xa0 ? "\\x%02x".formatted(c) : Character.toString(c);
            };
        }
    }
}
