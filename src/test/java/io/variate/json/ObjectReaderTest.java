package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectReaderTest {
    private final List<Problem> found = new ArrayList<>();

    @Test
    void readsFieldsOfEveryType() {
        ObjectReader reader = reader("""
                {"s":"x","b":true,"n":1.5,"i":7,"o":{"s":"y"},"m":{"a":"1","b":"2"},"l":["p","q"]}""");
        assertThat(reader.string("s")).isEqualTo("x");
        assertThat(reader.nonEmptyString("s")).isEqualTo("x");
        assertThat(reader.bool("b")).isTrue();
        assertThat(reader.number("n")).isEqualTo(1.5);
        assertThat(reader.integer("i", 7, 7)).isEqualTo(7);
        assertThat(reader.object("o").string("s")).isEqualTo("y");
        assertThat(reader.tree("o")).isEqualTo(Map.of("s", "y"));
        assertThat(reader.map("m", ObjectReader::string)).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
        assertThat(reader.list("l", ObjectReader::string)).containsExactly("p", "q");
        assertThat(reader.value("i")).isEqualTo(7L);
        assertThat(found).isEmpty();
    }

    @Test
    void optionalFieldsMayBeAbsentOrNull() {
        for (String json : List.of("{}", "{\"f\":null}")) {
            ObjectReader reader = reader(json);
            assertThat(reader.optionalString("f")).isNull();
            assertThat(reader.optionalNonEmptyString("f")).isNull();
            assertThat(reader.bool("f", true)).isTrue();
            assertThat(reader.optionalNumber("f")).isNull();
            assertThat(reader.optionalInteger("f", 1, 2)).isNull();
            assertThat(reader.optionalObject("f")).isNull();
            assertThat(reader.optionalTree("f")).isNull();
            assertThat(reader.optionalMap("f", ObjectReader::string)).isNull();
            assertThat(reader.optionalList("f", ObjectReader::string)).isNull();
        }
        assertThat(found).isEmpty();
    }

    @Test
    void reportsEveryMissingRequiredField() {
        for (Consumer<ObjectReader> read : READERS) {
            assertThat(problemOf("{}", read)).isEqualTo(new Problem("doc.f", "is required"));
            assertThat(problemOf("{\"f\":null}", read)).isEqualTo(new Problem("doc.f", "is required"));
        }
    }

    private static final List<Consumer<ObjectReader>> READERS = List.of(
            reader -> reader.string("f"),
            reader -> reader.nonEmptyString("f"),
            reader -> reader.bool("f"),
            reader -> reader.number("f"),
            reader -> reader.integer("f", 1, 2),
            reader -> reader.object("f"),
            reader -> reader.tree("f"),
            reader -> reader.map("f", ObjectReader::string),
            reader -> reader.list("f", ObjectReader::string));

    @Test
    void reportsEveryWrongTypeWithWhatIsAllowed() {
        List<String> reasons = List.of(
                "must be a string",
                "must be a non-empty string",
                "must be true or false",
                "must be a number",
                "must be an integer between 1 and 2",
                "must be an object",
                "must be an object",
                "must be an object",
                "must be an array");
        for (int i = 0; i < reasons.size(); i++) {
            Consumer<ObjectReader> read = READERS.get(i);
            String wrong = reasons.get(i).contains("string") ? "{\"f\":[7]}" : "{\"f\":\"x\"}";
            assertThat(problemOf(wrong, read)).isEqualTo(new Problem("doc.f", reasons.get(i)));
        }
    }

    @Test
    void rejectsAnEmptyStringWhereItMustNotBeEmpty() {
        assertThat(problemOf("{\"f\":\"\"}", reader -> reader.optionalNonEmptyString("f")))
                .isEqualTo(new Problem("doc.f", "must be a non-empty string"));
    }

    @ParameterizedTest
    @CsvSource({"0", "3", "1.0", "1.5", "1e400", "9223372036854775808", "true", "\"1\""})
    void rejectsAnythingButAnIntegerInTheRange(String value) {
        assertThat(problemOf("{\"f\":" + value + "}", reader -> reader.integer("f", 1, 2)))
                .isEqualTo(new Problem("doc.f", "must be an integer between 1 and 2"));
    }

    @Test
    void describesRangesWithoutAnUpperBound() {
        assertThat(problemOf("{\"f\":0}", reader -> reader.integer("f", 1, Long.MAX_VALUE))
                        .reason())
                .isEqualTo("must be an integer of at least 1");
        assertThat(problemOf("{\"f\":\"\"}", reader -> reader.integer("f", Long.MIN_VALUE, Long.MAX_VALUE))
                        .reason())
                .isEqualTo("must be an integer");
    }

    @Test
    void readsExactNumbersByTheirValue() {
        ObjectReader reader = ObjectReader.of(Json.parseExact("{\"i\":1e3,\"n\":0.10}"), new Problems("doc", found));
        assertThat(reader.integer("i", 0, 1000)).isEqualTo(1000);
        assertThat(reader.number("n")).isEqualTo(0.1);
        assertThat(found).isEmpty();
    }

    @Test
    void pathsLeadToTheInvalidValue() {
        ObjectReader reader = reader("""
                {"o":{"a b":1},"m":{"x.y":{"s":1}},"l":["a",2]}""");
        reader.object("o").string("a b");
        reader.map("m", (tree, problems) -> ObjectReader.of(tree, problems).string("s"));
        reader.list("l", ObjectReader::string);
        assertThat(found).extracting(Problem::path).containsExactly("doc.o[\"a b\"]", "doc.m[\"x.y\"].s", "doc.l[1]");
    }

    @Test
    void reportsANonObjectOnce() {
        ObjectReader reader = reader("[1]");
        reader.string("f");
        reader.rejectUnknownFields(Set.of());
        assertThat(found).containsExactly(new Problem("doc", "must be an object"));
    }

    @Test
    void reportsAMissingObjectOnce() {
        reader("{}").object("o").string("f");
        assertThat(found).containsExactly(new Problem("doc.o", "is required"));
    }

    @Test
    void rejectsUnknownFields() {
        reader("{\"a\":1,\"b\":2}").rejectUnknownFields(Set.of("a"));
        assertThat(found).containsExactly(new Problem("doc.b", "is not a known field"));
    }

    @Test
    void listsUnknownFieldsInTheOrderOfTheText() {
        assertThat(reader("{\"b\":2,\"a\":1,\"c d\":3}").unknownFields(Set.of("a")))
                .containsExactly("b", "c d");
        assertThat(found).isEmpty();
    }

    @Test
    void passesEachElementWithItsPath() {
        List<String> seen = new ArrayList<>();
        ObjectReader reader = reader("{\"l\":[\"p\",7,null],\"n\":null,\"o\":{}}");
        for (String name : List.of("l", "n", "absent", "o")) {
            reader.forEach(name, (element, problems) -> seen.add(problems.path() + "=" + element));
        }
        assertThat(seen).containsExactly("doc.l[0]=p", "doc.l[1]=7", "doc.l[2]=null");
        assertThat(found).containsExactly(new Problem("doc.o", "must be an array"));
    }

    @Test
    void pathsOfARootObjectStartWithTheNameOfTheField() {
        ObjectReader reader = ObjectReader.of(parsed("{\"l\":[7],\"a b\":7}"), new Problems("", found));
        reader.list("l", ObjectReader::string);
        reader.string("a b");
        assertThat(found).extracting(Problem::path).containsExactly("l[0]", "[\"a b\"]");
    }

    @Test
    void callersReportInvalidValuesByFieldName() {
        reader("{\"f\":\"x\"}").problem("f", "must be \"on\" or \"off\"");
        assertThat(found).containsExactly(new Problem("doc.f", "must be \"on\" or \"off\""));
    }

    private ObjectReader reader(String json) {
        return ObjectReader.of(parsed(json), new Problems("doc", found));
    }

    private static Problem problemOf(String json, Consumer<ObjectReader> read) {
        List<Problem> problems = new ArrayList<>();
        read.accept(ObjectReader.of(parsed(json), new Problems("doc", problems)));
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    private static @Nullable Object parsed(String json) {
        return Json.parse(json);
    }
}
