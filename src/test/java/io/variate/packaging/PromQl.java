package io.variate.packaging;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metrics and labels of a Prometheus query. Assumes a valid query, which promtool checks.
 *
 * @param metrics names of metrics, each with the labels of its matchers
 * @param labels labels of groupings and vector matching
 */
record PromQl(Map<String, Set<String>> metrics, Set<String> labels) {
    private static final Pattern TEXT = Pattern.compile("\"[^\"]*\"");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
    private static final Pattern RANGE = Pattern.compile("\\[[^]]*]|\\boffset\\s+\\w+");
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w:])\\d+(?:\\.\\d+)?(?:e\\d+)?");
    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][\\w:]*)\\s*(\\(|\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*[=!]");
    private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");
    private static final Set<String> AGGREGATIONS = Set.of("sum", "min", "max", "avg", "count", "topk");

    static PromQl of(String query) {
        String left = TEXT.matcher(query).replaceAll("\"\"");
        Set<String> labels = new TreeSet<>();
        Matcher groupings = GROUPING.matcher(left);
        while (groupings.find()) {
            for (String label : groupings.group(1).split(",", -1)) {
                if (!label.isBlank()) {
                    labels.add(label.strip());
                }
            }
        }
        left = groupings.replaceAll(" ");
        left = NUMBER.matcher(RANGE.matcher(left).replaceAll(" ")).replaceAll(" ");
        Map<String, Set<String>> metrics = new LinkedHashMap<>();
        Matcher selectors = SELECTOR.matcher(left);
        while (selectors.find()) {
            String name = selectors.group(1);
            boolean function = "(".equals(selectors.group(2));
            if (!function && !OPERATORS.contains(name) && !AGGREGATIONS.contains(name)) {
                Set<String> asked = metrics.computeIfAbsent(name, first -> new LinkedHashSet<>());
                if (selectors.group(3) != null) {
                    MATCHER.matcher(selectors.group(3)).results().forEach(label -> asked.add(label.group(1)));
                }
            }
        }
        return new PromQl(metrics, labels);
    }
}
