package io.variate.engine.model;

import static io.variate.engine.Samples.on;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DependencyOrderTest {

    @Test
    void noKeysRequestAllFlags() {
        assertThat(order(List.of(on("a", "b"), on("b")))).containsExactly("b", "a");
    }

    @Test
    void keepsTheOrderOfTheRequest() {
        assertThat(order(List.of(on("a"), on("b"), on("c")), "c", "x", "a")).containsExactly("c", "a");
    }

    @Test
    void reportsTheFlagsOfACycle() {
        List<Flag> flags = List.of(on("a", "b"), on("b", "c"), on("c", "d", "b"), on("d"));

        DependencyCycleException failure = Objects.requireNonNull(
                catchThrowableOfType(DependencyCycleException.class, () -> DependencyOrder.sort(flags, List.of("a"))));

        assertThat(failure.keys()).containsExactly("b", "c", "b");
        assertThat(failure).hasMessageContaining("b -> c -> b");
    }

    @Test
    void ignoresUnreachableCycles() {
        assertThat(order(List.of(on("a", "a"), on("b")), "b")).containsExactly("b");
    }

    private static List<String> order(List<Flag> flags, String... keys) {
        return DependencyOrder.sort(flags, List.of(keys)).stream()
                .map(Flag::key)
                .toList();
    }
}
