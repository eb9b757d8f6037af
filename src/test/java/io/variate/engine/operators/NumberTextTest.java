package io.variate.engine.operators;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "-0",
                "+1",
                "01",
                "1.",
                ".5",
                "1e3",
                "1E-3",
                "1d",
                "1.5F",
                " 1\u0000\t",
                "NaN",
                "-NaN",
                "+Infinity",
                "0x1p3",
                "0X.8P-1d",
                "0xA.p+0",
                "1e999999999999"
            })
    void acceptsNumbersThatJavaParses(String text) {
        assertThat(NumberText.isNumber(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ".",
                "-",
                "e1",
                "1e",
                "1e+",
                "0x10",
                "0x",
                "0xp1",
                "1_000",
                "1,000",
                "infinity",
                "NaNd",
                "Infinityf",
                "1ff",
                "\u0661",
                "1\u00a0",
                "- 1",
                "--1",
                "1.2.3",
                "0b1",
                "InfinityX",
                "Inf"
            })
    void rejectsTextsThatJavaDoesNotParse(String text) {
        assertThat(NumberText.isNumber(text)).isFalse();
    }

    @Test
    void agreesWithJavaOnNearNumbers() {
        Random random = new Random(20240817);
        String alphabet = "0190.eE+-xXpPfFdDaANnIi \u0000\t\u0661";
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(8); length >= 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            assertThat(NumberText.isNumber(text.toString())).as("<%s>", text).isEqualTo(javaParses(text.toString()));
        }
    }

    private static boolean javaParses(String text) {
        try {
            Double.parseDouble(text);
            return true;
        } catch (NumberFormatException noNumber) {
            return false;
        }
    }
}
