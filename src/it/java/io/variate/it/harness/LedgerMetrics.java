package io.variate.it.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ledger of a node, read from its metrics. Consistent only while no request is in flight.
 *
 * @param lost by cause, without causes that took nothing
 */
public record LedgerMetrics(
        long evaluated,
        long exposures,
        long received,
        long untracked,
        long deduplicated,
        long delivered,
        long spooled,
        Map<String, Long> lost) {

    private static final Pattern SAMPLE = Pattern.compile(
            "^variate_assignments_([a-z]+?)(?:_total)?(?:\\{cause=\"([a-z-]+)\"\\})? ([-0-9.E]+)", Pattern.MULTILINE);

    public static LedgerMetrics of(JarNode node) {
        Map<String, Long> numbers = new TreeMap<>();
        Map<String, Long> lost = new TreeMap<>();
        Matcher samples = SAMPLE.matcher(node.metrics());
        while (samples.find()) {
            long number = (long) Double.parseDouble(samples.group(3));
            if (samples.group(2) == null) {
                numbers.put(samples.group(1), number);
            } else if (number != 0) {
                lost.put(samples.group(2), number);
            }
        }
        return new LedgerMetrics(
                number(numbers, "evaluated"),
                number(numbers, "exposures"),
                number(numbers, "received"),
                number(numbers, "untracked"),
                number(numbers, "deduplicated"),
                number(numbers, "delivered"),
                number(numbers, "spooled"),
                lost);
    }

    private static long number(Map<String, Long> numbers, String name) {
        return Objects.requireNonNull(numbers.get(name), name);
    }

    public LedgerMetrics assertBalanced() {
        long gone = lost.values().stream().mapToLong(Long::longValue).sum();
        assertThat(evaluated + exposures + received)
                .as("%s", this)
                .isEqualTo(untracked + deduplicated + delivered + spooled + gone);
        return this;
    }
}
