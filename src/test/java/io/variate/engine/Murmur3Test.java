package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.variate.json.Json;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class Murmur3Test {

    @TestFactory
    Stream<DynamicTest> agreesWithTheReferenceImplementation() {
        return Vectors.read("murmur3.jsonl").stream()
                .map(vector -> dynamicTest(Json.write(vector.get("hash")), () -> replay(vector)));
    }

    private static void replay(Map<String, @Nullable Object> vector) {
        String key = String.valueOf(vector.get("key"));
        assertThat(Integer.toUnsignedLong(Murmur3.hash(key))).isEqualTo(vector.get("hash"));
    }

    @Test
    void hashesALoneSurrogateAsAQuestionMark() {
        assertThat(Murmur3.hash("a\ud800b")).isEqualTo(Murmur3.hash("a?b"));
    }

    @Test
    void hashDoesNotDependOnTheEndOfThePrefix() {
        String text = "salt/user-\u00e9-0123456789-\ud83d\ude00!";
        for (int i = 0; i < text.indexOf('\ud83d'); i++) {
            assertThat(Murmur3.after(text.substring(0, i)).hashWith(text.substring(i)))
                    .isEqualTo(Murmur3.hash(text));
        }
    }
}
