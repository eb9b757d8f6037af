package io.variate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The help texts of the metrics that a node exports. */
class MetricHelpTest {
    private static final Pattern HELP = Pattern.compile("^# HELP (variate_\\w+)(.*)$", Pattern.MULTILINE);

    @Test
    void everyMetricOfVariateHasAHelpText() {
        try (RunningNode node = RunningNode.serving("{\"deployments\":[],\"flags\":[]}", Map.of())) {
            Map<String, String> texts = HELP.matcher(
                            node.admin("GET", "/metrics", "").body())
                    .results()
                    .collect(Collectors.toMap(group(1), group(2)));

            assertThat(texts)
                    .containsEntry("variate_streams_open", " Open flag streams")
                    .hasSizeGreaterThan(20)
                    .allSatisfy((metric, text) -> assertThat(text).as(metric).isNotBlank());
        }
    }

    private static Function<MatchResult, String> group(int number) {
        return match -> match.group(number);
    }
}
