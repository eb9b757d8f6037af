package io.variate.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagWarningsTest {
    private static final long N = FlagErrors.ALL_SHARES;

    @ParameterizedTest
    @ValueSource(strings = {"1", "1,1", "1,99", "99,1", "1,1,1", "1,2,4", "1,1,1,1,1,1,1", "1,1000", "1000,1,1"})
    void acceptsTheRangesOfAmplitudesCompiler(String weights) {
        assertThat(problems(bucket("[0,100]", compiled(weights(weights))))).isEmpty();
        assertThat(problems(bucket("[0,40]", compiled(weights(weights))))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1,1 | 0.001", "1,1 | 0.5", "1,2,4 | 0.0003", "1 | 0.1", "1,1,1 | 0.999"})
    void acceptsARolloutInPartsOfHomeRanges(String weights, double part) {
        assertThat(problems(bucket("[0,100]", fine(weights(weights), part)))).isEmpty();
    }

    @Test
    void warnsOfPartsThatDiffer() {
        List<String> parts = List.of(distribution(0, 0, 1_000_000), distribution(1, N / 2, N / 2 + 500_000));

        assertThat(problems(bucket("[0,100]", parts)))
                .extracting(Problem::path)
                .containsExactly("segments[0].bucket.allocations[0].distributions");
        assertThat(problems(bucket("[0,50]", fine(new int[] {1, 1}, 0.5)))).hasSize(1);
    }

    @Test
    void acceptsConsecutiveAllocations() {
        String halves = String.join(",", compiled(new int[] {1, 1}));
        String allocations = "{\"range\":[0,10],\"distributions\":[" + halves
                + "]},{\"range\":[10,30],\"distributions\":[" + halves + "]}";

        assertThat(problems("{\"variant\":\"off\",\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],"
                        + "\"salt\":\"s\",\"allocations\":[" + allocations + "]}}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "user,contry | country",
                "user,countryy | country",
                "user,coutnry | country",
                "user,cuontry | country",
                "user,Country | country",
                "user,userid | user_id",
                "user,devices_id | device_id",
                "user,user_propertie | user_properties",
                "user,cohort_id | cohort_ids",
                "usr,country | user",
                "group,org | groups",
            })
    void recognizesOneWrongLetter(String steps, String meant) {
        String selector = "\"context\",\"" + steps.replace(",", "\",\"") + "\"";

        assertThat(problems(condition(selector)))
                .extracting(Problem::reason)
                .singleElement()
                .asString()
                .endsWith("is '" + meant + "' meant?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"context\",\"user\",\"country\"",
                "\"context\",\"user\",\"plan\"",
                "\"context\",\"user\",\"contryx\"",
                "\"context\",\"user\",\"user_properties\",\"contry\"",
                "\"context\",\"groups\",\"userr\",\"group_name\"",
                "\"context\"",
            })
    void acceptsNamesThatApplicationsChoose(String selector) {
        assertThat(problems(condition(selector))).isEmpty();
    }

    @Test
    void acceptsAFlagThatIsOffOrOnForEverybody() {
        assertThat(problems("{\"variant\":\"off\"}")).isEmpty();
        assertThat(problems("{\"variant\":\"v0\"}")).isEmpty();
    }

    @Test
    void acceptsTheFlagOfACompiledExperiment() {
        String flag = """
                {"key":"checkout","dependencies":["holdout-q4"],
                 "metadata":{"deployed":true,"evaluationMode":"remote","experimentKey":"exp-1","flagType":"experiment","flagVersion":9},
                 "segments":[
                  {"metadata":{"segmentName":"individual-inclusions"},"variant":"treatment","conditions":[[{"selector":["context","user","user_id"],"op":"is","values":["qa-1"]}],[{"selector":["context","user","device_id"],"op":"is","values":["qa-1"]}]]},
                  {"metadata":{"segmentName":"flag-dependencies"},"variant":"off","conditions":[[{"selector":["result","holdout-q4","key"],"op":"is not","values":["on"]}]]},
                  {"metadata":{"segmentName":"DACH"},"variant":"off",
                   "conditions":[[{"selector":["context","user","country"],"op":"is","values":["DE","AT","CH"]},{"selector":["context","user","version"],"op":"version greater or equal","values":["3.2.0"]},
                                  {"selector":["context","user","user_properties","path"],"op":"regex match","values":["^/shop/.*$"]}]],
                   "bucket":{"selector":["context","user","user_id"],"salt":"q7RmZ2Ku","allocations":[{"range":[0,40],"distributions":[{"variant":"control","range":[0,21474837]},{"variant":"treatment","range":[21474836,42949673]}]}]}},
                  {"metadata":{"segmentName":"All Other Users"},"variant":"off"}],
                 "variants":{"control":{"key":"control","value":"control"},"treatment":{"key":"treatment","value":"treatment","payload":{"steps":1}},"off":{"key":"off","metadata":{"default":true}}}}
                """;
        assertThat(problemsOf(flag)).isEmpty();
    }

    private static int[] weights(String weights) {
        return Arrays.stream(weights.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    /** Ranges as Amplitude's compiler derives them from weights. */
    private static List<String> compiled(int[] weights) {
        long total = IntStream.of(weights).sum();
        List<String> parts = new ArrayList<>();
        long before = 0;
        for (int i = 0; i < weights.length; i++) {
            long after = before + weights[i];
            parts.add(distribution(i, (N - 1) * before / total, (N * after + total - 1) / total));
            before = after;
        }
        return parts;
    }

    /** The first part of the home range of each variant. */
    private static List<String> fine(int[] weights, double part) {
        long total = IntStream.of(weights).sum();
        List<String> parts = new ArrayList<>();
        long before = 0;
        for (int i = 0; i < weights.length; i++) {
            long start = N * before / total;
            before += weights[i];
            parts.add(distribution(i, start, start + Math.round(part * (N * before / total - start))));
        }
        return parts;
    }

    private static String distribution(int variant, long from, long to) {
        return "{\"variant\":\"v" + variant + "\",\"range\":[" + from + "," + to + "]}";
    }

    private static String bucket(String range, List<String> distributions) {
        return "{\"variant\":\"off\",\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"s\","
                + "\"allocations\":[{\"range\":" + range + ",\"distributions\":[" + String.join(",", distributions)
                + "]}]}}";
    }

    private static String condition(String selector) {
        return "{\"variant\":\"v0\",\"conditions\":[[{\"selector\":[" + selector
                + "],\"op\":\"is\",\"values\":[\"DE\"]}]]}";
    }

    /** Problems of a flag whose variants are those that its segment names, and {@code off}. */
    private static List<Problem> problems(String segment) {
        List<String> variants = new ArrayList<>(List.of("\"off\":{\"key\":\"off\"}"));
        IntStream.range(0, 10)
                .filter(i -> segment.contains("\"v" + i + "\""))
                .forEach(i -> variants.add("\"v" + i + "\":{\"key\":\"v" + i + "\"}"));
        return problemsOf(
                "{\"key\":\"f\",\"variants\":{" + String.join(",", variants) + "},\"segments\":[" + segment + "]}");
    }

    private static List<Problem> problemsOf(String json) {
        if (!(FlagReader.read(Json.parse(json), "") instanceof FlagReading.Accepted accepted)) {
            throw new AssertionError("not a flag: " + json);
        }
        Flag flag = accepted.flag();
        List<Problem> found = new ArrayList<>();
        FlagErrors.add(flag, new Problems("", found));
        FlagWarnings.add(flag, new Problems("", found));
        return found;
    }
}
