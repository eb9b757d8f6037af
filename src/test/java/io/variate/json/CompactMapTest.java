package io.variate.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactMapTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 12, 13, 100})
    void equalsItsSourceAtAnySize(int size) {
        Map<String, Integer> source = numbered(size);

        Map<String, Integer> copy = CompactMap.copyOf(source);

        assertThat(copy).isEqualTo(source).hasSameHashCodeAs(source).hasSize(size);
        assertThat(source).isEqualTo(copy);
        assertThat(new ArrayList<>(copy.keySet())).isEqualTo(new ArrayList<>(source.keySet()));
        assertThat(new ArrayList<>(copy.values())).isEqualTo(new ArrayList<>(source.values()));
        source.forEach((key, value) -> assertThat(copy.get(key)).isEqualTo(value));
        assertThat(copy.get("absent")).isNull();
        assertThat(copy.containsKey("absent")).isFalse();
    }

    @Test
    void visitsEntriesInTheirOrder() {
        List<String> visited = new ArrayList<>();

        CompactMap.copyOf(numbered(3)).forEach((key, value) -> visited.add(key + value));

        assertThat(visited).containsExactly("key-30", "key-21", "key-12");
    }

    @Test
    void keepsNullValues() {
        Map<String, @Nullable Object> source = new LinkedHashMap<>();
        source.put("a", null);

        Map<String, @Nullable Object> copy = CompactMap.copyOf(source);

        assertThat(copy).isEqualTo(source);
        assertThat(copy.containsKey("a")).isTrue();
        assertThat(copy.get("a")).isNull();
    }

    @Test
    void doesNotFollowItsSource() {
        Map<String, Integer> source = numbered(2);
        Map<String, Integer> copy = CompactMap.copyOf(source);

        source.put("later", 1);

        assertThat(copy).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13})
    void rejectsModifications(int size) {
        Map<String, Integer> copy = CompactMap.copyOf(numbered(size));

        assertThatThrownBy(() -> copy.put("a", 1)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> copy.remove("key-" + size)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(copy::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> copy.entrySet().iterator().next().setValue(7))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void endsItsIteration() {
        assertThatThrownBy(() ->
                        CompactMap.copyOf(numbered(0)).entrySet().iterator().next())
                .isInstanceOf(NoSuchElementException.class);
    }

    /** A map whose keys are not in alphabetical order. */
    private static Map<String, Integer> numbered(int size) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            map.put("key-" + (size - i), i);
        }
        return map;
    }
}
