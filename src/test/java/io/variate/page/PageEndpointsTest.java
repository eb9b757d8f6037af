package io.variate.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The files of the evaluation page over HTTP. */
class PageEndpointsTest {
    private static final int MOST_BYTES = 100_000;
    private static final Pattern REFERENCE = Pattern.compile("(?:(?:src|href)=\"(page/[^\"]+)|from '\\./([^']+))");

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.start(Map.of(
                "VARIATE_HTTP_PAGE", "true",
                "VARIATE_HTTP_PAGE_ZONES", "eu=https://eu.example.com:8443/variate/, test=http://localhost:8080"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void servesThePageWithoutARuleset() {
        HttpResponse<byte[]> answer = node.getBytes("/");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(text(answer)).startsWith("<!doctype html>");
    }

    @Test
    void servesNoPageByDefault() {
        try (RunningNode plain = RunningNode.start(Map.of())) {
            assertThat(plain.get("/").statusCode()).isEqualTo(404);
            assertThat(plain.get("/page/page.js").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void theSecurityPolicyAllowsOwnFilesAndConfiguredZonesOnly() {
        for (String path : Set.of("/", "/page/page.js", "/page/icon.svg")) {
            HttpResponse<byte[]> answer = node.getBytes(path);

            assertThat(header(answer, "Content-Security-Policy"))
                    .startsWith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; ")
                    .contains("; connect-src 'self' https://eu.example.com:8443 http://localhost:8080; ")
                    .contains("base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
        }
    }

    @Test
    void answers304IfTheClientsCopyIsCurrent() {
        HttpResponse<byte[]> first = node.getBytes("/page/page.js", "Accept-Encoding", "gzip");

        HttpResponse<byte[]> second = node.getBytes("/page/page.js", "If-None-Match", header(first, "ETag"));

        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
    }

    @Test
    void rejectsOtherMethods() throws IOException {
        try (RawConnection connection = RawConnection.to(node.httpPort())) {
            connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");

            RawConnection.Answer answer = connection.read();
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("allow")).containsExactly("GET, HEAD");
        }
    }

    @Test
    void isCompleteAndSmall() {
        Set<String> files = new TreeSet<>(Set.of("/", "/page/zones.json"));
        Set<String> left = new TreeSet<>(files);
        int sum = 0;
        while (!left.isEmpty()) {
            String path = left.iterator().next();
            left.remove(path);
            sum += node.getBytes(path, "Accept-Encoding", "gzip").body().length;
            HttpResponse<byte[]> answer = node.getBytes(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            Matcher reference = REFERENCE.matcher(text(answer));
            while (reference.find()) {
                String found = reference.group(1) == null ? "/page/" + reference.group(2) : "/" + reference.group(1);
                if (files.add(found)) {
                    left.add(found);
                }
            }
        }
        assertThat(files).contains("/page/lit-html.js", "/page/style.css", "/page/icon.svg");
        assertThat(sum).as("bytes of all files").isLessThan(MOST_BYTES);
    }

    @Test
    void listsItsOwnZoneAndTheOthers() {
        assertThat(new JsonObject(text(node.getBytes("/page/zones.json"))))
                .isEqualTo(new JsonObject()
                        .put("own", "us")
                        .put(
                                "zones",
                                new JsonObject()
                                        .put("eu", "https://eu.example.com:8443/variate/")
                                        .put("test", "http://localhost:8080/")));
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
