package io.variate.engine;

import io.variate.engine.model.Condition;
import io.variate.engine.patterns.PortablePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Rewrites conditions so that the engines of all SDKs evaluate them like this engine.
 *
 * <ul>
 * <li>Some engines search for a pattern, others match the whole text: patterns get anchors.
 * <li>Some engines lack constructs of others: {@link PortablePattern}.
 * <li>Only some engines let {@code set is not} and {@code regex does not match} hold for a missing property: that case
 *       becomes an alternative of its own.
 * </ul>
 */
final class PortableConditions {

    /** The values that hold for a missing property and no other: no user has this set. */
    private static final List<String> MISSING = List.of("(none)", "(missing)");

    /**
     * The maximum of such conditions per alternative, since each doubles it. Beyond this, only engines that agree are
     * supported.
     */
    private static final int MAX_DOUBLED = 3;

    private static final Pattern LEADING_FLAGS = Pattern.compile("\\(\\?([a-zA-Z]+)\\)");

    private PortableConditions() {}

    static List<List<Condition>> of(List<List<Condition>> alternatives) {
        List<List<Condition>> portable = new ArrayList<>();
        for (List<Condition> conditions : alternatives) {
            portable.addAll(withMissing(
                    conditions.stream().map(PortableConditions::anchored).toList()));
        }
        return portable;
    }

    private static List<List<Condition>> withMissing(List<Condition> conditions) {
        boolean tooMany = conditions.stream()
                        .filter(PortableConditions::mayHoldForMissing)
                        .count()
                > MAX_DOUBLED;
        List<List<Condition>> alternatives = new ArrayList<>();
        alternatives.add(List.of());
        for (Condition condition : conditions) {
            List<List<Condition>> longer = new ArrayList<>();
            alternatives.forEach(alternative -> longer.add(append(alternative, condition)));
            if (mayHoldForMissing(condition) && !tooMany) {
                Condition missing = new Condition(condition.selector(), "set is", MISSING);
                alternatives.forEach(alternative -> longer.add(append(alternative, missing)));
            }
            alternatives = longer;
        }
        return alternatives;
    }

    private static List<Condition> append(List<Condition> conditions, Condition last) {
        List<Condition> longer = new ArrayList<>(conditions);
        longer.add(last);
        return longer;
    }

    private static boolean mayHoldForMissing(Condition condition) {
        return condition.op().equals("set is not") || condition.op().equals("regex does not match");
    }

    private static Condition anchored(Condition condition) {
        return condition.op().equals("regex match") || condition.op().equals("regex does not match")
                ? new Condition(
                        condition.selector(),
                        condition.op(),
                        condition.values().stream()
                                .map(pattern ->
                                        anchored(PortablePattern.of(pattern).text()))
                                .toList())
                : condition;
    }

    /**
     * Returns the pattern with anchors, or unchanged if it has anchors, is invalid, or has flags that change anchors.
     */
    private static String anchored(String pattern) {
        Matcher flags = LEADING_FLAGS.matcher(pattern);
        boolean hasFlags = flags.lookingAt();
        if (hasFlags && !flags.group(1).matches("[is]+")) {
            return pattern;
        }
        // Python accepts flags only at the very beginning.
        String leading = hasFlags ? flags.group() : "";
        String rest = pattern.substring(leading.length());
        boolean hasAnchors =
                rest.startsWith("^") && rest.endsWith("$") && !rest.endsWith("\\$") && rest.indexOf('|') < 0;
        String anchored = leading + "^(?:" + rest + ")$";
        return hasAnchors || !isValid(pattern) || !isValid(anchored) ? pattern : anchored;
    }

    private static boolean isValid(String pattern) {
        return compile(pattern).isPresent();
    }

    private static Optional<Pattern> compile(String pattern) {
        try {
            return Optional.of(Pattern.compile(pattern));
        } catch (PatternSyntaxException | StackOverflowError invalid) {
            return Optional.empty();
        }
    }
}
