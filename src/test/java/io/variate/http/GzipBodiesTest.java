package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed bodies on paths where SDKs seldom send them. */
class GzipBodiesTest {
    private static final String USER = "{\"user_id\": \"query\"}";
    private static final String CONTEXT = "{\"context\": {\"targetingKey\": \"query\"}}";

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(SampleRuleset.revision(7), Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/vardata?flag_keys=user",
                "/sdk/v2/vardata?flag_keys=user",
                "/sdk/vardata?flag_keys=user",
                "/v1/explain?flag_keys=user",
                "/ofrep/v1/evaluate/flags/user"
            })
    void acceptsAGzipBody(String target) throws IOException {
        String body = target.startsWith("/ofrep") ? CONTEXT : USER;
        Answer plain = post(target, "", body);

        for (String encoding : new String[] {"gzip", "GZIP"}) {
            Answer packed = post(target, "Content-Encoding: " + encoding + "\r\n", gzip(body));

            assertThat(packed.status()).as(packed.body()).isEqualTo(200);
            assertThat(packed.body()).isEqualTo(plain.body());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"br | 415", "deflate | 415", "zstd | 415", "gzip, gzip | 415"})
    void rejectsEncodingsThatItCannotDecode(String encoding, int status) throws IOException {
        for (String target : new String[] {"/v1/vardata", "/v1/explain", "/ofrep/v1/evaluate/flags"}) {
            Answer answer = post(target, "Content-Encoding: " + encoding + "\r\n", USER);

            assertThat(answer.status()).as(target + ": " + answer.body()).isEqualTo(status);
            assertThat(answer.body()).doesNotContain("UTF-8");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 30})
    void rejectsTruncatedGzip(int length) throws IOException {
        for (String target : new String[] {"/v1/vardata", "/v1/explain", "/ofrep/v1/evaluate/flags"}) {
            Answer answer =
                    post(target, "Content-Encoding: gzip\r\n", gzip(USER).substring(0, length));

            assertThat(answer.status()).as(target + ": " + answer.body()).isEqualTo(400);
            assertThat(answer.body()).doesNotContain("UTF-8");
        }
    }

    /** Some clients send this header with every body. */
    @ParameterizedTest
    @ValueSource(strings = {"/v1/vardata?flag_keys=user", "/sdk/vardata?flag_keys=user", "/v1/explain?flag_keys=user"})
    void acceptsAPlainBodyLabelledAsGzip(String target) throws IOException {
        Answer labelled = post(target, "Content-Encoding: gzip\r\n", USER);

        assertThat(labelled.status()).isEqualTo(200);
        assertThat(labelled.body()).isEqualTo(post(target, "", USER).body());
    }

    private static Answer post(String target, String headers, String body) throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
                    + (target.startsWith("/ofrep") ? "Bearer" : "Api-Key") + " server-all\r\n" + headers
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            return connection.read();
        }
    }

    /** Decodes each byte to one character. */
    private static String gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
