package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_534, 65_535, 65_536, 65_537, 200_000})
    void readsLinesOfAnyLengthAcrossBufferBoundaries(int length) throws IOException {
        String first = "a".repeat(length);

        assertThat(lines(first + "\n\u00e9\nlast", 1 << 20)).containsExactly(first, "\u00e9", "last");
    }

    @Test
    void rejectsALineThatIsTooLongAndReadsTheNextOne() throws IOException {
        LineReader reader = reader("a".repeat(200_000) + "\nabc", 3);

        assertThat(reader.advance()).isTrue();
        assertThatThrownBy(reader::text).isInstanceOfSatisfying(RejectedLineException.class, rejection -> assertThat(
                        rejection.error().code())
                .isEqualTo("line_too_long"));
        assertThat(reader.advance()).isTrue();
        assertThat(reader.text()).isEqualTo("abc");
        assertThat(reader.advance()).isFalse();
    }

    @Test
    void notifiesBeforeItBlocks() throws IOException {
        int[] calls = {0};
        byte[] input = "a\nb\n".getBytes(StandardCharsets.UTF_8);
        LineReader reader = new LineReader(new ByteArrayInputStream(input), () -> calls[0]++, 100);

        assertThat(reader.advance()).isTrue();
        assertThat(reader.advance()).isTrue();
        assertThat(calls[0]).isEqualTo(0);
        assertThat(reader.advance()).isFalse();
        assertThat(calls[0]).isEqualTo(1);
    }

    private static List<String> lines(String input, int maxLength) throws IOException {
        LineReader reader = reader(input, maxLength);
        List<String> lines = new ArrayList<>();
        while (reader.advance()) {
            lines.add(reader.text());
        }
        return lines;
    }

    private static LineReader reader(String input, int maxLength) {
        return new LineReader(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), () -> {}, maxLength);
    }
}
