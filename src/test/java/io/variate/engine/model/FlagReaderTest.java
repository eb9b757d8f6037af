package io.variate.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.variate.engine.Vectors;
import io.variate.json.Json;
import io.variate.json.Problem;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagReaderTest {

    @Test
    void readsACompleteFlag() {
        Flag flag = accepted("""
                {"key":"f","dependencies":["d"],"metadata":{"m":null},
                 "variants":{"on":{"key":"on","value":1,"payload":[null],"metadata":{"x":1}}},
                 "segments":[{"conditions":[[{"selector":["context","a"],"op":"is","values":["b"]}]],
                   "bucket":{"selector":["context","id"],"salt":"s","allocations":[
                     {"range":[0,50],"distributions":[{"variant":"on","range":[0,42949673]}]}]},
                   "variant":"on","metadata":{"y":2}}]}
                """);

        Bucket bucket = new Bucket(
                List.of("context", "id"),
                "s",
                List.of(new Allocation(new Range(0, 50), List.of(new Distribution("on", new Range(0, 42949673))))));
        assertThat(flag.key()).isEqualTo("f");
        assertThat(flag.dependencies()).containsExactly("d");
        assertThat(flag.metadata()).containsEntry("m", null);
        assertThat(flag.variants()).containsEntry("on", new Variant("on", 1L, Json.parse("[null]"), Map.of("x", 1L)));
        assertThat(flag.segments())
                .containsExactly(new Segment(
                        List.of(List.of(new Condition(List.of("context", "a"), "is", List.of("b")))),
                        bucket,
                        "on",
                        Map.of("y", 2L)));
    }

    @Test
    void treatsNullAsAbsentAndIgnoresUnknownFields() {
        Flag flag = accepted("""
                {"key":"f","variants":{"on":{"key":"on","value":null,"payload":null,"metadata":null,"x":1}},"new":{},
                 "dependencies":null,"metadata":null,
                 "segments":[{"conditions":null,"bucket":null,"variant":null,"metadata":null,"new":[]}]}
                """);

        assertThat(flag.dependencies()).isEmpty();
        assertThat(flag.segments()).containsExactly(new Segment(null, null, null, null));
        assertThat(flag.variants()).containsEntry("on", new Variant("on", null, null, null));
    }

    @Test
    void readsNumbersAndBooleansInFilterValuesAsText() {
        Flag flag = accepted(condition("[1,1.0,true,\"1\"]"));

        List<List<Condition>> conditions =
                Objects.requireNonNull(flag.segments().get(0).conditions());
        assertThat(conditions.get(0).get(0).values()).containsExactly("1", "1.0", "true", "1");
    }

    @Test
    void readsARangeWithTooFewBoundsAsEmpty() {
        Flag flag = accepted(bucket("[5]"));

        Bucket bucket = Objects.requireNonNull(flag.segments().get(0).bucket());
        assertThat(bucket.allocations().get(0).range()).isEqualTo(new Range(0, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | flags[3]",
                "null | flags[3]",
                "{\"variants\":{},\"segments\":[]} | flags[3].key",
                "{\"key\":1,\"variants\":{},\"segments\":[]} | flags[3].key",
                "{\"key\":\"f\",\"segments\":[]} | flags[3].variants",
                "{\"key\":\"f\",\"variants\":[],\"segments\":[]} | flags[3].variants",
                "{\"key\":\"f\",\"variants\":{\"a b\":{}},\"segments\":[]} | flags[3].variants[\"a b\"].key",
                "{\"key\":\"f\",\"variants\":{\"on\":1},\"segments\":[]} | flags[3].variants.on",
                "{\"key\":\"f\",\"variants\":{}} | flags[3].segments",
                "{\"key\":\"f\",\"variants\":{},\"segments\":{}} | flags[3].segments",
                "{\"key\":\"f\",\"variants\":{},\"segments\":[null]} | flags[3].segments[0]",
                "{\"key\":\"f\",\"variants\":{},\"segments\":[],\"metadata\":[]} | flags[3].metadata",
                "{\"key\":\"f\",\"variants\":{},\"segments\":[],\"dependencies\":[1]} | flags[3].dependencies[0]",
                "{\"key\":\"f\",\"variants\":{},\"segments\":[{\"variant\":1}]} | flags[3].segments[0].variant",
                "{\"key\":\"f\",\"variants\":{},\"segments\":[{\"conditions\":[1]}]}"
                        + " | flags[3].segments[0].conditions[0]",
            })
    void reportsThePathOfAMalformedField(String text, String path) {
        assertThat(problems(text)).extracting(Problem::path).containsExactly(path);
    }

    @ParameterizedTest
    @CsvSource({"'[null]'", "'[[]]'", "'[{}]'"})
    void rejectsFilterValuesThatAreNotScalars(String values) {
        assertThat(problems(condition(values)))
                .extracting(Problem::path)
                .containsExactly("flags[3].segments[0].conditions[0][0].values[0]");
    }

    @ParameterizedTest
    @CsvSource({"'[1.5,2]'", "'[\"1\",2]'", "'[2147483648,2]'", "'[null,2]'"})
    void rejectsBoundsThatAreNot32BitIntegers(String range) {
        assertThat(problems(bucket(range)))
                .extracting(Problem::path)
                .containsExactly("flags[3].segments[0].bucket.allocations[0].range[0]");
    }

    @Test
    void reportsAllProblemsOfAFlag() {
        String text = """
                {"variants":{"on":{}},"segments":[
                  {"bucket":{"selector":"x","allocations":[{}]}},{"conditions":[[{"values":[[]]}]]}]}
                """;

        assertThat(problems(text))
                .extracting(Problem::path)
                .containsExactlyInAnyOrder(
                        "flags[3].key",
                        "flags[3].variants.on.key",
                        "flags[3].segments[0].bucket.selector",
                        "flags[3].segments[0].bucket.salt",
                        "flags[3].segments[0].bucket.allocations[0].range",
                        "flags[3].segments[0].bucket.allocations[0].distributions",
                        "flags[3].segments[1].conditions[0][0].selector",
                        "flags[3].segments[1].conditions[0][0].op",
                        "flags[3].segments[1].conditions[0][0].values[0]");
    }

    @Test
    void copiesTheTreeSoThatTheFlagIsImmutable() {
        Object tree =
                Json.parse("{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\",\"payload\":[1]}},\"segments\":[]}");
        Flag flag = ((FlagReading.Accepted) FlagReader.read(tree, "flag")).flag();

        Object payload = Objects.requireNonNull(flag.variants().get("on")).payload();

        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Vectors.list(payload).clear());
    }

    private static String condition(String values) {
        return """
                {"key":"f","variants":{},
                 "segments":[{"conditions":[[{"selector":["context"],"op":"is","values":%s}]]}]}
                """.formatted(values);
    }

    private static String bucket(String range) {
        return """
                {"key":"f","variants":{},"segments":[
                 {"bucket":{"selector":[],"salt":"","allocations":[{"range":%s,"distributions":[]}]}}]}
                """.formatted(range);
    }

    private static Flag accepted(String text) {
        FlagReading reading = FlagReader.read(Json.parse(text), "flags[3]");
        assertThat(reading).isInstanceOf(FlagReading.Accepted.class);
        return ((FlagReading.Accepted) reading).flag();
    }

    private static List<Problem> problems(String text) {
        FlagReading reading = FlagReader.read(Json.parse(text), "flags[3]");
        assertThat(reading).isInstanceOf(FlagReading.Rejected.class);
        return ((FlagReading.Rejected) reading).problems();
    }
}
