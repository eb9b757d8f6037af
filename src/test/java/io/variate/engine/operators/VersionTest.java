package io.variate.engine.operators;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.",
                ".1",
                "v1.2.3",
                "1.2.",
                "1.2.3.4",
                "1.2-beta",
                "1.2+5",
                "1.2.3-",
                "1.2.3+",
                "1.2.3-a_b",
                "1.2.3-a..b",
                "1.2.3-a.",
                "1.2.3-01",
                "1.2.3-00",
                "1.2.3+a..b",
                "1.2.3 ",
                " 1.2.3",
                "1.\u0662.3",
                "2147483648.0",
                "0.2147483648",
                "-1.2"
            })
    void rejectsTextsThatAreNoVersions(String text) {
        assertThat(Version.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "1.2, 1.2.0",
        "01.002.3, 1.2.3",
        "1.2.3+build.01, 1.2.3",
        "1.2.3-a+b, 1.2.3-a+c",
        "1.2.2147483648, 1.2.0",
        "1.2.99999999999999999999999, 1.2.0",
    })
    void readsEqualVersions(String one, String other) {
        assertThat(version(one)).isEqualByComparingTo(version(other));
    }

    @ParameterizedTest
    @CsvSource({
        "1.2.3, 1.2.4",
        "1.9, 1.10",
        "9.9.9, 10.0",
        "1.2.3-a, 1.2.3",
        "1.2.3-alpha.10, 1.2.3-alpha.2",
        "1.2.3-0, 1.2.3-0a",
        "1.2.3-A, 1.2.3-a",
        "2147483646.0, 2147483647.0",
    })
    void ordersVersions(String lower, String higher) {
        assertThat(version(lower)).isLessThan(version(higher));
        assertThat(version(higher)).isGreaterThan(version(lower));
    }

    @Test
    void readsLongTextsInOnePass() {
        assertThat(Version.parse("1.2.3-" + "a".repeat(5_000_000) + "!")).isNull();
        assertThat(Version.parse("1.2.3-" + "0.".repeat(2_000_000) + "00")).isNull();
    }

    private static Version version(String text) {
        return Objects.requireNonNull(Version.parse(text));
    }
}
