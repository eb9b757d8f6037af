package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.AnswerShape;
import io.variate.engine.CompiledFlags;
import io.variate.engine.Evaluation;
import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WrittenNumberTest {

    private static final String NUMBERS =
            "[1e400,-1E+400,123456789012345678901234567890,0.1000000000000000000000001,-0,-0.0,1E5,1e-7,1.0,1,1.50,9223372036854775808]";

    @Test
    void writesAnExactTreeAsItWasRead() {
        assertThat(Json.write(Json.parseExact(NUMBERS))).isEqualTo(NUMBERS);
        assertThat(Json.write(Json.parseStrict(NUMBERS))).isEqualTo(NUMBERS);
    }

    @Test
    void convertsToTheTreeOfParsingByValue() {
        String document = "{\"a\":" + NUMBERS + ",\"b\":[1E1,{\"c\":-0}],\"d\":null}";

        assertThat(Json.typed(Json.parseExact(document))).isEqualTo(Json.parse(document));
    }

    @Test
    void payloadAndMetadataKeepTheirNumbersInResultsAndForSdks() {
        Flag flag = flag("{\"value\":\"v\",\"payload\":" + NUMBERS + "}", NUMBERS);
        Evaluation evaluation =
                Evaluation.of(CompiledFlags.compile(List.of(flag)).planAll().contextOf(Map.of()));
        StringBuilder written = new StringBuilder();
        FlagWriter.write(flag, written);

        for (AnswerShape shape : AnswerShape.values()) {
            assertThat(new String(evaluation.encode(shape), StandardCharsets.UTF_8))
                    .contains("\"payload\":" + NUMBERS, "\"n\":" + NUMBERS);
        }
        assertThat(written).contains("\"payload\":" + NUMBERS, "\"n\":" + NUMBERS);
        assertThat(Json.write(evaluation.get(0).asTree())).contains("\"payload\":" + NUMBERS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "12345678901234567890123", "0.10"})
    void aPayloadThatIsANumberKeepsItsText(String number) {
        StringBuilder written = new StringBuilder();
        FlagWriter.write(flag("{\"payload\":" + number + "}", "1"), written);

        assertThat(written).contains("\"payload\":" + number + "}");
    }

    @Test
    void conditionsSeeValues() {
        String parent =
                "{\"key\":\"parent\",\"metadata\":{\"n\":1E5},\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]}";
        String child =
                "{\"key\":\"child\",\"dependencies\":[\"parent\"],\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"conditions\":[["
                        + "{\"selector\":[\"result\",\"parent\",\"metadata\",\"n\"],\"op\":\"is\",\"values\":[1e5]}]],\"variant\":\"on\"}]}";
        List<Flag> flags = List.of(exact(parent), exact(child));

        Evaluation evaluation =
                Evaluation.of(CompiledFlags.compile(flags).planAll().contextOf(Map.of()));

        assertThat(evaluation.size()).isEqualTo(2);
    }

    @Test
    void acceptsRangesInAnyNotation() {
        Flag flag = exact(
                "{\"key\":\"f\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"bucket\":{\"selector\":[],\"salt\":\"\","
                        + "\"allocations\":[{\"range\":[-0,1e2],\"distributions\":[{\"variant\":\"on\",\"range\":[0,42949673]}]}]}}]}");

        assertThat(flag.segments().get(0).bucket()).isNotNull();
    }

    private static Flag flag(String variant, String metadata) {
        return exact("{\"key\":\"f\",\"metadata\":{\"n\":" + metadata + "},\"variants\":{\"on\":"
                + variant.replaceFirst("\\{", "{\"key\":\"on\",") + "},\"segments\":[{\"variant\":\"on\"}]}");
    }

    private static Flag exact(String json) {
        FlagReading reading = FlagReader.read(Json.parseExact(json), "flag");
        assertThat(reading).isInstanceOf(FlagReading.Accepted.class);
        return ((FlagReading.Accepted) reading).flag();
    }
}
