package io.variate.engine.patterns;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A pattern for the engines of all SDKs: JavaScript without flags, Go's RE2, Python, Ruby, PCRE, ICU and Java. What some of
 * them lack is written in another way if there is an exact one: {@code (?i)a} as {@code [Aa]}. Immutable.
 *
 * @param text in the language that all share, or as written if there is no such text
 * @param obstacles what some engine throws for, so that an SDK evaluates no flag at all; empty for most patterns
 * @param cautions what some engine does not know, so that the condition never holds there
 */
public record PortablePattern(String text, Set<String> obstacles, Set<String> cautions) {

    /** Stands for whatever is wrong with a pattern that holds nowhere. */
    public static final Set<String> INVALID = Set.of("the pattern is invalid");

    /** Repetitions that Ruby and PCRE accept. */
    private static final int MOST_REPETITIONS = 65_535;

    /** Repetitions that Go accepts. */
    private static final int FEW_REPETITIONS = 1_000;

    private static final CharSet LINE_BREAKS = CharSet.pairs("\n\n\r\r\u0085\u0085\u2028\u2029");

    private static final CharSet SURROGATES = CharSet.range(Character.MIN_SURROGATE, Character.MAX_SURROGATE);

    public static PortablePattern of(String pattern) {
        try {
            BoundedPattern.compile(pattern);
        } catch (BoundedPattern.RefusedException refused) {
            return new PortablePattern(pattern, INVALID, Set.of());
        }
        PatternSyntax.Reading reading = PatternSyntax.read(pattern);
        Writing writing = new Writing(reading.obstacles());
        String text = writing.write(reading.tree(), Follow.END);
        boolean asWritten = reading.plain() || !writing.obstacles.isEmpty();
        return new PortablePattern(asWritten ? pattern : text, writing.obstacles, writing.cautions);
    }

    /**
     * What comes behind a part.
     *
     * @param end whether that is the end of the text
     * @param next one of which must follow otherwise; empty if nothing is known
     */
    private record Follow(boolean end, CharSet next) {
        static final Follow END = new Follow(true, CharSet.NONE);
        static final Follow UNKNOWN = new Follow(false, CharSet.NONE);

        /** Whether a repetition of these characters can only end where it does when it takes all it can. */
        boolean excludes(CharSet repeated) {
            return end || (!next.isEmpty() && next.and(repeated).isEmpty());
        }
    }

    private static final class Writing {
        private final Set<String> obstacles;
        private final Set<String> cautions = new TreeSet<>();

        Writing(Set<String> known) {
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
            if (tree instanceof PatternTree.Look look) {
                return look(look);
            }
            return tree instanceof PatternTree.Repeat repeat ? repeat(repeat, follow) : "";
        }

        private String sequence(List<PatternTree> parts, Follow follow) {
            String[] written = new String[parts.size()];
            Follow behind = follow;
            for (int i = parts.size() - 1; i >= 0; i--) {
                written[i] = write(parts.get(i), behind);
                behind = behind.end() && isEnd(parts.get(i)) ? behind : new Follow(false, first(parts.get(i)));
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

        /** Characters one of which a part takes first; none if it may take nothing. */
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
            return taken(tree);
        }

        /** The characters that a part for one character takes; none for other parts. */
        private static CharSet taken(PatternTree tree) {
            if (tree instanceof PatternTree.Dot dot) {
                return dot.all() ? CharSet.ALL : LINE_BREAKS.not();
            }
            return tree instanceof PatternTree.One one && one.set() != null ? one.set() : CharSet.NONE;
        }

        private String repeat(PatternTree.Repeat repeat, Follow follow) {
            if (repeat.body() instanceof PatternTree.Empty) {
                return "";
            }
            if (repeat.mode() == PatternTree.Mode.POSSESSIVE && !keepsAll(repeat, follow)) {
                obstacles.add("possessive repetitions");
            }
            if (repeat.body() instanceof PatternTree.LineBreak) {
                // Repeated, it never splits a pair of carriage return and line feed.
                obstacles.add("repetitions of \\R");
            }
            int bound = repeat.most() == PatternTree.UNBOUNDED ? repeat.least() : repeat.most();
            if (bound > MOST_REPETITIONS) {
                obstacles.add("more than " + MOST_REPETITIONS + " repetitions");
            } else if (bound > FEW_REPETITIONS) {
                cautions.add("more than " + FEW_REPETITIONS + " repetitions");
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

        /** Whether it would give nothing back even if it could. */
        private static boolean keepsAll(PatternTree.Repeat repeat, Follow follow) {
            CharSet taken = taken(repeat.body());
            return !taken.isEmpty() && (repeat.least() == repeat.most() || follow.excludes(taken));
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
            boolean onlyWay = body instanceof PatternTree.Repeat repeat
                    ? repeat.mode() != PatternTree.Mode.LAZY && keepsAll(repeat, follow)
                    : hasOneWay(body);
            if (!onlyWay) {
                obstacles.add("atomic groups");
            }
            return "(?:" + write(body, follow) + ")";
        }

        private static boolean hasOneWay(PatternTree tree) {
            return tree instanceof PatternTree.One
                    || tree instanceof PatternTree.Dot
                    || tree instanceof PatternTree.Anchor
                    || (tree instanceof PatternTree.Sequence sequence
                            && sequence.parts().stream().allMatch(Writing::hasOneWay));
        }

        private String look(PatternTree.Look look) {
            cautions.add("look-around");
            if (!look.ahead() && length(look.body()) < 0) {
                obstacles.add("look-behind of varying length");
            }
            return (look.ahead() ? "(?" : "(?<")
                    + (look.negated() ? "!" : "=")
                    + write(look.body(), Follow.UNKNOWN)
                    + ")";
        }

        /** Characters that a part takes; -1 if that varies. */
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
                        .mapToLong(Writing::length)
                        .reduce(0, (sum, length) -> sum < 0 || length < 0 ? -1 : sum + length);
            }
            if (tree instanceof PatternTree.Choice choice) {
                return choice.alternatives().stream()
                        .mapToLong(Writing::length)
                        .reduce((one, other) -> one == other ? one : -1)
                        .orElse(-1);
            }
            boolean takesNothing = tree instanceof PatternTree.Anchor
                    || tree instanceof PatternTree.Empty
                    || tree instanceof PatternTree.Look;
            return takesNothing ? 0 : -1;
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
