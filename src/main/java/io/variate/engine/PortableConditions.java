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
 * Conditions in words that the engines of all SDKs understand alike, and that mean here what they meant before.
 *
 * <ul>
 *   <li>Some engines search for a pattern and some want it to match the whole text: patterns get anchors.
 *   <li>Some lack constructs of others: {@link PortablePattern}.
 *   <li>{@code set is not} and {@code regex does not match} hold for a property that is missing in some engines only:
 *       that it is missing becomes an alternative of its own.
 * </ul>
 */
final class PortableConditions {

    /** Holds for a property that is missing, and for no other: nobody has this set. */
    private static final List<String> MISSING = List.of("(none)", "(missing)");

    /** Each condition of that kind doubles an alternative; of more than these, only engines that agree are served. */
    private static final int MOST_DOUBLED = 3;

    private static final Pattern FLAGS_AHEAD = Pattern.compile("\\(\\?([a-zA-Z]+)\\)");

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
                > MOST_DOUBLED;
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

    /** The pattern with anchors, or as it is if it has them, is invalid, or has flags that change what anchors mean. */
    private static String anchored(String pattern) {
        Matcher flags = FLAGS_AHEAD.matcher(pattern);
        boolean hasFlags = flags.lookingAt();
        if (hasFlags && !flags.group(1).matches("[is]+")) {
            return pattern;
        }
        // Python takes flags at the very beginning only.
        String ahead = hasFlags ? flags.group() : "";
        String rest = pattern.substring(ahead.length());
        boolean hasAnchors =
                rest.startsWith("^") && rest.endsWith("$") && !rest.endsWith("\\$") && rest.indexOf('|') < 0;
        String anchored = ahead + "^(?:" + rest + ")$";
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
