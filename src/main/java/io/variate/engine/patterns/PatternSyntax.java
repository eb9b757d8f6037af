package io.variate.engine.patterns;

import io.variate.engine.patterns.PatternTree.Mode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Parses the syntax of {@code java.util.regex}, from patterns that the library accepts. Single use, by one thread.
 *
 * <p>Follows the undocumented behavior of the library: a <code>{</code> without an atom before it repeats nothing,
 * {@code ]} is a literal at the start of a class, and {@code (?x)} also removes white space from classes and
 * repetitions.
 */
final class PatternSyntax {

    /** The maximum nesting of groups, look-arounds and classes. */
    static final int MAX_DEPTH = 200;

    /** The flags that change how a pattern is read: {@code (?i)} and so on. */
    private record Flags(
            boolean ignoreCase,
            boolean multiline,
            boolean dotAll,
            boolean unixLines,
            boolean unicodeCase,
            boolean comments,
            boolean unicodeClasses) {

        static final Flags NONE = new Flags(false, false, false, false, false, false, false);

        Flags with(int flag, boolean on) {
            return new Flags(
                    flag == 'i' ? on : ignoreCase,
                    flag == 'm' ? on : multiline,
                    flag == 's' ? on : dotAll,
                    flag == 'd' ? on : unixLines,
                    (flag == 'u' || flag == 'U') ? on : unicodeCase,
                    flag == 'x' ? on : comments,
                    flag == 'U' ? on : unicodeClasses);
        }
    }

    /** The members of a class so far. */
    private static final class Members {
        private final List<CharSet.Span> spans = new ArrayList<>();
        private boolean opaque;
        private boolean empty = true;
        private int parts;

        void add(PatternTree.One member) {
            empty = false;
            CharSet set = member.set();
            if (set == null) {
                opaque = true;
                parts += member.parts();
            } else {
                spans.addAll(set.spans());
                // The library looks up Latin-1 characters in a table.
                parts += set.isSingle()
                                && set.contains(Math.min(255, set.spans().get(0).first()))
                        ? 0
                        : member.parts();
            }
        }

        PatternTree.One one() {
            return new PatternTree.One(opaque ? null : CharSet.union(spans), parts);
        }
    }

    private static final CharSet DIGIT = CharSet.pairs("09");
    private static final CharSet SPACE = CharSet.pairs("\t\r  ");
    private static final CharSet WORD = CharSet.pairs("09AZ__az");
    private static final CharSet HORIZONTAL =
            CharSet.pairs("\t\t  \u00a0\u00a0\u1680\u1680\u180e\u180e\u2000\u200a\u202f\u202f\u205f\u205f\u3000\u3000");
    private static final CharSet VERTICAL = CharSet.pairs("\n\r\u0085\u0085\u2028\u2029");

    private static final Map<String, CharSet> ASCII_CLASSES = Map.ofEntries(
            Map.entry("Lower", CharSet.pairs("az")),
            Map.entry("Upper", CharSet.pairs("AZ")),
            Map.entry("ASCII", CharSet.pairs("\0\u007f")),
            Map.entry("Alpha", CharSet.pairs("AZaz")),
            Map.entry("Digit", DIGIT),
            Map.entry("Alnum", CharSet.pairs("09AZaz")),
            Map.entry("Punct", CharSet.pairs("!/:@[`{~")),
            Map.entry("Graph", CharSet.pairs("!~")),
            Map.entry("Print", CharSet.pairs(" ~")),
            Map.entry("Blank", CharSet.pairs("\t\t  ")),
            Map.entry("Cntrl", CharSet.pairs("\0\u001f\u007f\u007f")),
            Map.entry("XDigit", CharSet.pairs("09AFaf")),
            Map.entry("Space", SPACE));

    private final int[] text;
    private int at;
    private int depth;
    private Flags flags = Flags.NONE;
    private int groups;
    private final Set<Integer> closed = new HashSet<>();
    private final Map<String, Integer> names = new HashMap<>();
    private boolean canonical;
    private int parts;
    private boolean plain = true;
    private final Set<String> obstacles = new TreeSet<>();

    private PatternSyntax(String pattern) {
        this.text = unquoted(pattern);
    }

    /**
     * A parsed pattern.
     *
     * @param plain whether all engines interpret the text alike, apart from look-around and references
     * @param canonical whether it requests canonical equivalence, by the undocumented flag {@code c}
     * @param parts the number of parts of its largest class, each of which may be tried for a character
     * @param obstacles constructs that some engines lack, described in words; usually empty
     */
    record Reading(PatternTree tree, boolean plain, boolean canonical, int parts, Set<String> obstacles) {}

    /**
     * Parses a pattern that the library accepts.
     *
     * @throws TooDeepException if it nests deeper than {@link #MAX_DEPTH}
     * @throws IllegalStateException if this parser does not understand it
     */
    static Reading read(String pattern) {
        PatternSyntax syntax = new PatternSyntax(pattern);
        PatternTree tree = syntax.choice();
        if (syntax.at < syntax.text.length) {
            throw new IllegalStateException("unsupported syntax at character " + syntax.at);
        }
        return new Reading(tree, syntax.plain, syntax.canonical, syntax.parts, syntax.obstacles);
    }

    /** Reports a pattern that nests too deeply. */
    static final class TooDeepException extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooDeepException() {
            super("groups are nested deeper than " + MAX_DEPTH + " levels", null, false, false);
        }
    }

    /** Replaces each quotation by escapes, as the library does before it parses anything else. */
    private int[] unquoted(String pattern) {
        int[] quoted = pattern.codePoints().toArray();
        List<Integer> out = new ArrayList<>(quoted.length);
        boolean inQuote = false;
        for (int i = 0; i < quoted.length; i++) {
            int c = quoted[i];
            int next = i + 1 < quoted.length ? quoted[i + 1] : -1;
            if (c == '\\' && next == (inQuote ? 'E' : 'Q')) {
                inQuote = !inQuote;
                plain = false;
                i++;
            } else if (inQuote) {
                if (c < 0x80 && !isAsciiLetter(c) && !isDigit(c)) {
                    out.add((int) '\\');
                }
                out.add(c);
            } else {
                out.add(c);
                if (c == '\\' && next >= 0) {
                    out.add(next);
                    i++;
                }
            }
        }
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    private PatternTree choice() {
        if (++depth > MAX_DEPTH) {
            throw new TooDeepException();
        }
        List<PatternTree> alternatives = new ArrayList<>();
        alternatives.add(sequence());
        while (peek() == '|') {
            at++;
            alternatives.add(sequence());
        }
        depth--;
        return alternatives.size() == 1 ? alternatives.get(0) : new PatternTree.Choice(alternatives);
    }

    private PatternTree sequence() {
        List<PatternTree> parts = new ArrayList<>();
        for (int c = peek(); c >= 0 && c != '|' && c != ')'; c = peek()) {
            PatternTree atom = c == '(' ? group() : atom(c);
            if (atom != null) {
                parts.add(repeated(atom));
            }
        }
        return parts.size() == 1 ? parts.get(0) : new PatternTree.Sequence(parts);
    }

    private PatternTree atom(int c) {
        switch (c) {
            case '{' -> {
                plain = false;
                return new PatternTree.Empty();
            }
            case '[' -> {
                return characterClass();
            }
            case '\\' -> {
                return escape(false);
            }
            case '^' -> {
                at++;
                return anchor(flags.multiline() ? null : "^", "^ of (?m)");
            }
            case '$' -> {
                at++;
                return anchor(flags.multiline() || flags.unixLines() ? null : "$", "$ of (?m) or (?d)");
            }
            case '.' -> {
                at++;
                if (flags.unixLines() && !flags.dotAll()) {
                    return new PatternTree.One(CharSet.of('\n').not(), 1);
                }
                return new PatternTree.Dot(flags.dotAll());
            }
            default -> {
                at++;
                return literal(c);
            }
        }
    }

    private PatternTree.Anchor anchor(@Nullable String portable, String otherwise) {
        if (portable == null) {
            obstacles.add(otherwise);
        }
        return new PatternTree.Anchor(portable);
    }

    private PatternTree.One literal(int c) {
        if (c > Character.MAX_VALUE) {
            // Some engines count it as two characters and repeat only the second.
            plain = false;
        }
        return new PatternTree.One(withCase(CharSet.of(c)), 1);
    }

    /** Returns the set under the flags in effect, or null if only the library knows it. */
    private @Nullable CharSet withCase(CharSet set) {
        if (!flags.ignoreCase()) {
            return set;
        }
        if (flags.unicodeCase()) {
            return opaque("(?iu)");
        }
        return set.ignoringAsciiCase();
    }

    private @Nullable CharSet opaque(String construct) {
        plain = false;
        obstacles.add(construct);
        return null;
    }

    private PatternTree repeated(PatternTree atom) {
        int least;
        int most;
        switch (peek()) {
            case '?' -> {
                least = 0;
                most = 1;
            }
            case '*' -> {
                least = 0;
                most = PatternTree.UNBOUNDED;
            }
            case '+' -> {
                least = 1;
                most = PatternTree.UNBOUNDED;
            }
            case '{' -> {
                at++;
                least = number();
                most = least;
                if (peek() == ',') {
                    at++;
                    most = peek() == '}' ? PatternTree.UNBOUNDED : number();
                }
            }
            default -> {
                return atom;
            }
        }
        at++;
        Mode mode = mode();
        if (atom instanceof PatternTree.Anchor || atom instanceof PatternTree.LookAround) {
            plain = false;
        }
        return new PatternTree.Repeat(atom, least, most, mode);
    }

    private Mode mode() {
        switch (peek()) {
            case '?' -> {
                at++;
                return Mode.LAZY;
            }
            case '+' -> {
                at++;
                plain = false;
                return Mode.POSSESSIVE;
            }
            default -> {
                return Mode.GREEDY;
            }
        }
    }

    private int number() {
        int number = 0;
        for (int c = peek(); isDigit(c); c = peek()) {
            number = Math.addExact(Math.multiplyExact(number, 10), c - '0');
            at++;
        }
        return number;
    }

    /** Parses a group; returns null for flags without a body. */
    private @Nullable PatternTree group() {
        Flags before = flags;
        at++;
        PatternTree group;
        if (peek() != '?') {
            group = capturing();
        } else {
            at++;
            group = special();
            if (group == null) {
                return null;
            }
        }
        expect(')');
        flags = before;
        return group;
    }

    private PatternTree capturing() {
        int number = ++groups;
        PatternTree body = choice();
        closed.add(number);
        return new PatternTree.Group(body, true);
    }

    private @Nullable PatternTree special() {
        int kind = readRaw();
        switch (kind) {
            case ':' -> {
                return new PatternTree.Group(choice(), false);
            }
            case '=', '!' -> {
                return new PatternTree.LookAround(choice(), true, kind == '!');
            }
            case '>' -> {
                plain = false;
                return new PatternTree.Atomic(choice());
            }
            case '<' -> {
                int c = peek();
                if (c == '=' || c == '!') {
                    at++;
                    return new PatternTree.LookAround(choice(), false, c == '!');
                }
                plain = false;
                String name = name();
                names.put(name, groups + 1);
                return capturing();
            }
            default -> {
                at--;
                return withFlags();
            }
        }
    }

    private @Nullable PatternTree withFlags() {
        plain = false;
        boolean on = true;
        for (int c = peek(); c != ')' && c != ':'; c = peek()) {
            if (c < 0) {
                throw new IllegalStateException("unterminated group");
            }
            at++;
            if (c == '-') {
                on = false;
            } else {
                canonical |= c == 'c';
                flags = flags.with(c, on);
            }
        }
        if (flags.unicodeClasses()) {
            obstacles.add("(?U)");
        }
        boolean alone = peek() == ')';
        at++;
        return alone ? null : new PatternTree.Group(choice(), false);
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        for (int c = peek(); c != '>'; c = peek()) {
            if (c < 0) {
                throw new IllegalStateException("unterminated group name");
            }
            name.appendCodePoint(c);
            at++;
        }
        at++;
        return name.toString();
    }

    private PatternTree.One characterClass() {
        PatternTree.One members = classBody();
        expect(']');
        parts = Math.max(parts, members.parts());
        return members;
    }

    /** Parses from after the opening bracket or {@code &&} to the closing bracket. */
    private PatternTree.One classBody() {
        if (++depth > MAX_DEPTH) {
            throw new TooDeepException();
        }
        at++;
        boolean negated = peek() == '^' && at > 0 && text[at - 1] == '[';
        if (negated) {
            at++;
        }
        PatternTree.One members = classMembers(negated);
        depth--;
        return members;
    }

    private PatternTree.One classMembers(boolean negated) {
        Members left = new Members();
        PatternTree.One common = null;
        for (int c = peek(); c != ']' || (left.empty && common == null); c = peek()) {
            if (c < 0) {
                throw new IllegalStateException("unterminated character class");
            }
            if (c == '[') {
                plain = false;
                left.add(characterClass());
            } else if (c == '&' && peekNext() == '&') {
                plain = false;
                PatternTree.One before = left.empty ? common : joined(common, left);
                common = intersection(before);
                left = new Members();
            } else {
                if (common != null) {
                    opaque("members after an intersection");
                }
                plain &= c != ']';
                left.add(member());
            }
        }
        PatternTree.One all = joined(common, left);
        CharSet set = all.set();
        return new PatternTree.One(set == null || !negated ? set : set.not(), all.parts() + 1);
    }

    private static PatternTree.One joined(PatternTree.@Nullable One common, Members further) {
        if (common == null) {
            return further.one();
        }
        if (!further.empty) {
            further.add(common);
            return further.one();
        }
        return common;
    }

    /** Parses from {@code &&}. */
    private PatternTree.@Nullable One intersection(PatternTree.@Nullable One left) {
        at++;
        next();
        Members right = new Members();
        for (int c = next(0); c != ']' && c != '&'; c = next(0)) {
            if (c < 0) {
                throw new IllegalStateException("unterminated character class");
            }
            if (c == '[') {
                right.add(characterClass());
            } else {
                at--;
                right.add(classBody());
            }
        }
        if (right.empty) {
            // The library repeats the last member or fails; such patterns do not occur in practice.
            opaque("empty intersections");
            return left;
        }
        PatternTree.One with = right.one();
        if (left == null) {
            return with;
        }
        int parts = left.parts() + with.parts();
        return left.set() == null || with.set() == null
                ? new PatternTree.One(null, parts)
                : new PatternTree.One(left.set().and(with.set()), parts);
    }

    private int next(int step) {
        at += step;
        return peek();
    }

    private void next() {
        at++;
    }

    private PatternTree.One member() {
        int first = peek();
        if (first == '\\') {
            boolean startsRange = at + 2 < text.length && text[at + 2] == '-';
            if (startsRange && text[at + 1] == 'v') {
                plain = false;
                at += 2;
                first = 0x0b;
            } else {
                PatternTree escaped = escape(true);
                PatternTree.One one = escaped instanceof PatternTree.One known ? known : unexpected();
                if (lastLiteral < 0) {
                    // A hyphen next to a class is a literal here and an error in other engines.
                    plain &= peek() != '-' || peekNext() == ']';
                    return one;
                }
                first = lastLiteral;
            }
        } else {
            at++;
        }
        return rangeFrom(first);
    }

    private static PatternTree.One unexpected() {
        throw new IllegalStateException("invalid member of a character class");
    }

    private PatternTree.One rangeFrom(int first) {
        if (first > Character.MAX_VALUE) {
            plain = false;
        }
        if (peek() == '-' && at + 1 < text.length && text[at + 1] != '[' && text[at + 1] != ']') {
            at++;
            int last = peek();
            if (last == '\\') {
                if (text[at + 1] == 'v') {
                    plain = false;
                    at += 2;
                    last = 0x0b;
                } else {
                    escape(true);
                    last = lastLiteral;
                }
            } else {
                at++;
            }
            if (last < first) {
                throw new IllegalStateException("reversed range");
            }
            plain &= last <= Character.MAX_VALUE && !isPunctuation(first) && !isPunctuation(last);
            return new PatternTree.One(withCase(CharSet.range(first, last)), 1);
        }
        return new PatternTree.One(withCase(CharSet.of(first)), 1);
    }

    private static boolean isPunctuation(int c) {
        return c == '[' || c == ']' || c == '\\' || c == '-' || c == '^';
    }

    /** The character that the last escape stands for, or -1 if it is not a single character. */
    private int lastLiteral = -1;

    private PatternTree escape(boolean inClass) {
        at++;
        int c = readRaw();
        lastLiteral = -1;
        switch (c) {
            case 'd', 'D' -> {
                return shorthand(DIGIT, c == 'D', true);
            }
            case 's', 'S' -> {
                return shorthand(SPACE, c == 'S', true);
            }
            case 'w', 'W' -> {
                return shorthand(WORD, c == 'W', true);
            }
            case 'h', 'H' -> {
                return shorthand(HORIZONTAL, c == 'H', false);
            }
            case 'v', 'V' -> {
                return shorthand(VERTICAL, c == 'V', false);
            }
            case 'p', 'P' -> {
                return property(c == 'P');
            }
            default -> {
                return inClass ? escapedLiteral(c) : escapeOutsideClasses(c);
            }
        }
    }

    private PatternTree escapeOutsideClasses(int c) {
        switch (c) {
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                return reference(c - '0');
            }
            case 'k' -> {
                plain = false;
                expect('<');
                return referenceTo(names.getOrDefault(name(), 0));
            }
            case 'A' -> {
                plain = false;
                return new PatternTree.Anchor("^");
            }
            case 'z' -> {
                plain = false;
                return PatternTree.Anchor.VERY_END;
            }
            case 'Z' -> {
                plain = false;
                return anchor(flags.unixLines() ? null : "$", "\\Z of (?d)");
            }
            case 'G' -> {
                plain = false;
                return anchor(null, "\\G");
            }
            case 'b' -> {
                if (at + 2 < text.length && text[at] == '{' && text[at + 1] == 'g' && text[at + 2] == '}') {
                    at += 3;
                    plain = false;
                    return anchor(null, "\\b{g}");
                }
                return new PatternTree.Anchor("\\b");
            }
            case 'B' -> {
                return new PatternTree.Anchor("\\B");
            }
            case 'R' -> {
                plain = false;
                return new PatternTree.LineBreak();
            }
            case 'X' -> {
                opaque("\\X");
                return new PatternTree.Grapheme();
            }
            default -> {
                return escapedLiteral(c);
            }
        }
    }

    private PatternTree reference(int first) {
        int group = first;
        for (int c = peek(); isDigit(c); c = peek()) {
            int longer = group * 10 + (c - '0');
            if (longer > groups) {
                break;
            }
            group = longer;
            at++;
        }
        return referenceTo(group);
    }

    private PatternTree referenceTo(int group) {
        if (flags.ignoreCase()) {
            obstacles.add("back references under (?i)");
        }
        if (!closed.contains(group)) {
            obstacles.add("references to unclosed groups");
        }
        return new PatternTree.Reference(group);
    }

    private PatternTree.One shorthand(CharSet set, boolean negated, boolean everywhere) {
        plain &= everywhere;
        if (flags.unicodeClasses()) {
            return new PatternTree.One(null, 1);
        }
        return new PatternTree.One(negated ? set.not() : set, 1);
    }

    private PatternTree.One property(boolean negated) {
        plain = false;
        String name;
        if (peek() == '{') {
            at++;
            name = upToBrace();
        } else {
            name = Character.toString(read());
        }
        CharSet set = flags.unicodeClasses() ? null : ASCII_CLASSES.get(name);
        if (set == null) {
            return new PatternTree.One(opaque("\\p{" + name + "}"), 1);
        }
        CharSet cased = withCase(set);
        return new PatternTree.One(cased == null || !negated ? cased : cased.not(), 1);
    }

    private PatternTree.One escapedLiteral(int c) {
        int literal =
                switch (c) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 'f' -> '\f';
                    default -> specialLiteral(c);
                };
        lastLiteral = literal;
        return literal(literal);
    }

    /** Parses escapes that some engines interpret differently. */
    private int specialLiteral(int c) {
        if (c == 'x' && peek() != '{') {
            return hexadecimal(2);
        }
        plain &= c < 0x80 && !isAsciiLetter(c) && !isDigit(c);
        return switch (c) {
            case 'a' -> 7;
            case 'e' -> 0x1b;
            case 'c' -> readRaw() ^ 64;
            case '0' -> octal();
            case 'u' -> unicode();
            case 'x' -> braced();
            case 'N' -> named();
            default -> c;
        };
    }

    private int hexadecimal(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            value = value * 16 + Character.digit(read(), 16);
        }
        return value;
    }

    private int octal() {
        int value = 0;
        int most = 3;
        for (int i = 0; i < most && peek() >= '0' && peek() <= '7'; i++) {
            if (i == 0 && peek() > '3') {
                most = 2;
            }
            value = value * 8 + (read() - '0');
        }
        return value;
    }

    private int unicode() {
        int unit = hexadecimal(4);
        if (Character.isHighSurrogate((char) unit) && at + 5 < text.length && text[at] == '\\' && text[at + 1] == 'u') {
            int back = at;
            at += 2;
            int low = hexadecimal(4);
            if (Character.isLowSurrogate((char) low)) {
                return Character.toCodePoint((char) unit, (char) low);
            }
            at = back;
        }
        return unit;
    }

    private int braced() {
        at++;
        int value = 0;
        for (int c = read(); c != '}'; c = read()) {
            value = value * 16 + Character.digit(c, 16);
        }
        return value;
    }

    private int named() {
        at++;
        return Character.codePointOf(upToBrace());
    }

    /** Reads a name up to its closing brace, including white space. */
    private String upToBrace() {
        StringBuilder name = new StringBuilder();
        for (int c = readRaw(); c != '}'; c = readRaw()) {
            name.appendCodePoint(c);
        }
        return name.toString();
    }

    private void expect(int expected) {
        if (peek() != expected) {
            throw new IllegalStateException("expected " + Character.toString(expected) + " at character " + at);
        }
        at++;
    }

    /** Returns the current character after skipping ignored white space and comments; -1 at the end. */
    private int peek() {
        while (flags.comments() && at < text.length && (text[at] == '#' || SPACE.contains(text[at]))) {
            if (text[at] == '#') {
                while (at < text.length && !isLineBreak(text[at])) {
                    at++;
                }
            } else {
                at++;
            }
        }
        return at < text.length ? text[at] : -1;
    }

    private int peekNext() {
        return at + 1 < text.length ? text[at + 1] : -1;
    }

    private boolean isLineBreak(int c) {
        return c == '\n' || (!flags.unixLines() && VERTICAL.contains(c) && c != 0x0b && c != '\f');
    }

    private int read() {
        int c = peek();
        if (c < 0) {
            throw new IllegalStateException("unexpected end of the pattern");
        }
        at++;
        return c;
    }

    /** Reads the current character, including white space. */
    private int readRaw() {
        if (at >= text.length) {
            throw new IllegalStateException("unexpected end of the pattern");
        }
        return text[at++];
    }

    private static boolean isAsciiLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
