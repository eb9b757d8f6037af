package io.variate.engine.patterns;

import java.util.List;

/**
 * An upper bound of the nodes that a backtracking matcher visits between two character reads. The budget of {@link
 * PatternMatching} counts reads only, and {@code ((){1000}){1000}} loops without one.
 *
 * <p>From any position, a matcher explores all paths that consume no character. Each exploration starts at the
 * beginning of the text or after a character just read. The budget bounds the number of explorations; this class bounds
 * their size. The size is larger at the end of the text, where nothing reads a character.
 *
 * @param inside the bound anywhere but at the end of the text
 * @param atEnd the bound at the end of the text
 */
record PatternCost(double inside, double atEnd) {

    /** No text is longer, so no look-behind reaches further. */
    private static final double LONGEST_TEXT = 1e6;

    /**
     * The cost of a part of a pattern on a path that consumes nothing.
     *
     * @param paths how often the rest of the pattern is tried at the same position
     */
    private record Part(double paths, double inside, double atEnd) {

        /** Matches the empty text. */
        private static final Part EMPTY = new Part(1, 1, 1);

        Part then(Part next) {
            return new Part(paths * next.paths, inside + paths * next.inside, atEnd + paths * next.atEnd);
        }
    }

    static PatternCost of(PatternTree tree) {
        Part whole = part(tree);
        PatternCost start = new PatternCost(whole.inside(), whole.atEnd());
        return start.or(afterAnyCharacter(tree, new PatternCost(1, 1)));
    }

    double greater() {
        return Math.max(inside, atEnd);
    }

    private PatternCost or(PatternCost other) {
        return new PatternCost(Math.max(inside, other.inside), Math.max(atEnd, other.atEnd));
    }

    private PatternCost plus(double more) {
        return new PatternCost(inside + more, atEnd + more);
    }

    /** Returns the cost of a part followed by a continuation of this cost. */
    private PatternCost precededBy(Part part, double paths) {
        return new PatternCost(part.inside() + paths * inside, part.atEnd() + paths * atEnd);
    }

    private static Part part(PatternTree tree) {
        if (tree instanceof PatternTree.Sequence sequence) {
            return sequence.parts().stream().map(PatternCost::part).reduce(Part.EMPTY, Part::then);
        }
        if (tree instanceof PatternTree.Choice choice) {
            return choice.alternatives().stream()
                    .map(PatternCost::part)
                    .reduce(
                            new Part(0, 1, 1),
                            (one, other) -> new Part(
                                    one.paths() + other.paths(),
                                    one.inside() + other.inside(),
                                    one.atEnd() + other.atEnd()));
        }
        if (tree instanceof PatternTree.Group group) {
            Part body = part(group.body());
            return new Part(body.paths(), body.inside() + 1, body.atEnd() + 1);
        }
        if (tree instanceof PatternTree.Atomic atomic) {
            Part body = part(atomic.body());
            return new Part(Math.min(1, body.paths()), body.inside() + 1, body.atEnd() + 1);
        }
        if (tree instanceof PatternTree.LookAround look) {
            Part body = part(look.body());
            double starts = look.ahead() ? 1 : 1 + Math.min(LONGEST_TEXT, longest(look.body()));
            return new Part(1, 1 + starts * body.inside(), 1 + (starts - 1) * body.inside() + body.atEnd());
        }
        if (tree instanceof PatternTree.Repeat repeat) {
            return repeat(repeat, part(repeat.body()));
        }
        boolean consumesOne = tree instanceof PatternTree.One
                || tree instanceof PatternTree.Dot
                || tree instanceof PatternTree.LineBreak
                || tree instanceof PatternTree.Grapheme;
        return consumesOne ? new Part(0, 0, 1) : Part.EMPTY;
    }

    private static Part repeat(PatternTree.Repeat repeat, Part body) {
        boolean optional = repeat.least() == 0;
        boolean more = repeat.most() > repeat.least();
        if (repeat.most() == 0) {
            return Part.EMPTY;
        }
        if (body.paths() == 0) {
            return new Part(optional ? 1 : 0, body.inside() + 1, body.atEnd() + 1);
        }
        // The library leaves a loop after an iteration that consumed nothing, but some loops only after the minimum
        // count.
        double iterations = repeat.least() + (more ? 1 : 0);
        if (repeat.mode() == PatternTree.Mode.POSSESSIVE) {
            return new Part(1, 1 + iterations * body.inside(), 1 + iterations * body.atEnd());
        }
        if (body.paths() <= 1) {
            return new Part(more ? 2 : 1, 1 + iterations * body.inside(), 1 + iterations * body.atEnd());
        }
        return new Part(body.paths() + (optional ? 1 : 0), 1 + body.inside(), 1 + body.atEnd());
    }

    /** Returns the greatest cost after a character that some part consumes. */
    private static PatternCost afterAnyCharacter(PatternTree tree, PatternCost after) {
        if (tree instanceof PatternTree.Sequence sequence) {
            PatternCost greatest = new PatternCost(0, 0);
            PatternCost following = after;
            List<PatternTree> parts = sequence.parts();
            for (int i = parts.size() - 1; i >= 0; i--) {
                greatest = greatest.or(afterAnyCharacter(parts.get(i), following));
                Part part = part(parts.get(i));
                following = following.precededBy(part, part.paths());
            }
            return greatest;
        }
        if (tree instanceof PatternTree.Choice choice) {
            return choice.alternatives().stream()
                    .map(alternative -> afterAnyCharacter(alternative, after))
                    .reduce(new PatternCost(0, 0), PatternCost::or);
        }
        if (tree instanceof PatternTree.Group group) {
            return afterAnyCharacter(group.body(), after.plus(1));
        }
        if (tree instanceof PatternTree.Atomic atomic) {
            return afterAnyCharacter(atomic.body(), after.plus(1));
        }
        if (tree instanceof PatternTree.LookAround look) {
            return afterAnyCharacter(look.body(), after.plus(1));
        }
        if (tree instanceof PatternTree.Repeat repeat) {
            return afterAnyCharacter(repeat.body(), afterIteration(repeat, after));
        }
        return after;
    }

    /**
     * Returns the cost after an iteration that consumed something: of the rest of the pattern, or of another iteration.
     */
    private static PatternCost afterIteration(PatternTree.Repeat repeat, PatternCost after) {
        Part body = part(repeat.body());
        Part whole = repeat(repeat, body);
        boolean single = body.paths() == 0 || repeat.mode() == PatternTree.Mode.POSSESSIVE;
        return after.precededBy(whole, single ? 1 : whole.paths() + (repeat.least() == 0 ? 0 : 1));
    }

    private static double longest(PatternTree tree) {
        if (tree instanceof PatternTree.Sequence sequence) {
            return sequence.parts().stream().mapToDouble(PatternCost::longest).sum();
        }
        if (tree instanceof PatternTree.Choice choice) {
            return choice.alternatives().stream()
                    .mapToDouble(PatternCost::longest)
                    .max()
                    .orElse(0);
        }
        if (tree instanceof PatternTree.Group group) {
            return longest(group.body());
        }
        if (tree instanceof PatternTree.Atomic atomic) {
            return longest(atomic.body());
        }
        if (tree instanceof PatternTree.Repeat repeat) {
            double once = longest(repeat.body());
            return once == 0 ? 0 : once * repeat.most();
        }
        boolean isShort = tree instanceof PatternTree.One
                || tree instanceof PatternTree.Dot
                || tree instanceof PatternTree.LineBreak;
        boolean isWide = tree instanceof PatternTree.Grapheme || tree instanceof PatternTree.Reference;
        return isShort ? 2 : isWide ? LONGEST_TEXT : 0;
    }
}
