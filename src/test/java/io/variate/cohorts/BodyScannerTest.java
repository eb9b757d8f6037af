package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BodyScannerTest {
    private final BodyScanner scanner = new BodyScanner();

    @Test
    void countsStringsAcrossPieces() {
        add("[\"al");
        add("ice\", \"b\\\"");
        add("ob\"]");

        assertThat(scanner.strings()).isEqualTo(2);
        assertThat(scanner.overhead()).isZero();
    }

    @Test
    void theIndentationOfMembersIsNoOverhead() {
        add("{\n  \"memberIds\": [\n" + "    \"alice\",\n".repeat(10_000));

        assertThat(scanner.overhead()).isZero();
    }

    @Test
    void whitespaceIsOverhead() {
        add("[\"alice\"" + " ".repeat(10_000));

        assertThat(scanner.overhead()).isEqualTo(10_000 - 16);
    }

    @Test
    void theEndOfALongStringIsOverhead() {
        add("[\"" + "a".repeat(10_000));

        assertThat(scanner.overhead()).isEqualTo(10_000 - 1_024);
    }

    private void add(String piece) {
        scanner.add(piece.getBytes(StandardCharsets.UTF_8));
    }
}
