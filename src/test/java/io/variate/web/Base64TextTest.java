package io.variate.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.variate.web.decoding.UnacceptableRequestException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dialects of base64 that SDKs send. */
class Base64TextTest {

    @Test
    void decodesTheOutputOfEveryPlatformEncoder() {
        Random random = new Random(7);
        for (int length = 0; length < 400; length++) {
            String text = random.ints(length, 0x20, 0x10ffff)
                    .filter(c -> c < 0xd800 || c > 0xdfff)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            for (Base64.Encoder encoder : new Base64.Encoder[] {
                Base64.getEncoder(),
                Base64.getEncoder().withoutPadding(),
                Base64.getUrlEncoder(),
                Base64.getUrlEncoder().withoutPadding(),
                Base64.getMimeEncoder(),
            }) {
                assertThat(decode(encoder.encodeToString(bytes))).isEqualTo(text);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "w7w/Pn4|ü?>~",
                "w7w_Pn4|ü?>~",
                "w7w/Pn4=|ü?>~",
                "w7w_Pn4====|ü?>~",
                "Pj4+Pz8_|>>>???",
                "Pj4-Pz8/|>>>???",
                " w 7 w\t/ P n 4 = |ü?>~",
                "YW I=|ab",
                "YWI= |ab",
                "YQ|a",
                "YQ==|a",
                "YR|a",
                "77+9|\ufffd",
                "AAAA|\u0000\u0000\u0000",
            })
    void decodesEveryDialect(String encoded, String text) {
        assertThat(decode(encoded)).isEqualTo(text);
    }

    @Test
    void decodesAnEmptyText() {
        assertThat(decode("")).isEmpty();
        assertThat(decode(" ")).isEmpty();
        assertThat(decode("==")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Y",
                "YWJjY",
                "Y===",
                "YW=J",
                "YWJj=YWJj",
                "YW J*",
                "YWJj,YWJj",
                "YWJj%3D",
                "é",
                "YWJj\u0100",
                "{}",
                "\u0000\u0000\u0000\u0000",
                "YWJj\u0000",
                "YWJj\u007f",
            })
    void rejectsInvalidBase64(String encoded) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> decode(encoded))
                .satisfies(failure -> assertThat(failure.error())
                        .isEqualTo(ApiError.badRequest("invalid_encoding", "the value is not valid base64", "header")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/w==", "wIA=", "7aCA", "8J+a", "77+9/w=="})
    void rejectsBytesThatAreNotUtf8(String encoded) {
        assertThatExceptionOfType(UnacceptableRequestException.class)
                .isThrownBy(() -> decode(encoded))
                .satisfies(failure -> assertThat(failure.reason()).contains("UTF-8"));
    }

    private static String decode(String encoded) {
        return Base64Text.decode(encoded, "header");
    }
}
