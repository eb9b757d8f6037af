package io.variate.admin.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RawConnection.Answer;
import io.variate.testing.RunningNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the console over HTTP. */
@Timeout(120)
class ConsoleFilesTest {
    private static final int MOST_BYTES = 150_000;
    private static final Path FOLDER = Path.of("src/main/resources/console");

    /** {@code src="x"}, {@code href="x"}, {@code from './x'}, {@code import('./x')}, {@code import './x'}. */
    private static final Pattern REFERENCE =
            Pattern.compile("(?:(?:src|href)=\"([^\"#:$]+)\"|(?:from|import)\\s*\\(?\\s*['\"](\\.[^'\"]+)['\"])");

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.start(Map.of("VARIATE_ADMIN_CONSOLE", "true"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void servesNoConsoleByDefault() {
        try (RunningNode plain = RunningNode.start(Map.of())) {
            assertThat(plain.admin("GET", "/console", "").statusCode()).isEqualTo(404);
            assertThat(plain.admin("GET", "/console/", "").statusCode()).isEqualTo(404);
            assertThat(plain.admin("GET", "/console/index.html", "").statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void servesThePageWithoutAToken() {
        HttpResponse<byte[]> answer = get("/console/");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(text(answer)).startsWith("<!doctype html>");
    }

    @Test
    void redirectsRelativelySoThatAProxyMayAddAPath() {
        HttpResponse<byte[]> answer = get("/console");

        assertThat(answer.statusCode()).isEqualTo(308);
        assertThat(header(answer, "Location")).isEqualTo("console/");
    }

    @Test
    void servesEveryFileOfTheFolder() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                HttpResponse<byte[]> answer = get("/console/" + FOLDER.relativize(file));

                assertThat(answer.statusCode()).as("%s", file).isEqualTo(200);
                assertThat(text(answer).lines()).as("lines of %s", file).hasSameSizeAs(Files.readAllLines(file));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"why.js", "split.js", "json.js", "bar.js", "request.js", "style.css", "lit-html.js", "icon.svg"})
    void sharesFilesWithTheEvaluationPage(String name) {
        assertThat(get("/console/page/" + name).statusCode()).isEqualTo(200);
    }

    @Test
    void everyReferenceOfAFileIsServedAndAllAreSmall() {
        Set<String> files = new TreeSet<>(Set.of("/console/"));
        Set<String> left = new TreeSet<>(files);
        int sum = 0;
        while (!left.isEmpty()) {
            String path = left.iterator().next();
            left.remove(path);
            HttpResponse<byte[]> answer = get(path, "Accept-Encoding", "gzip");
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            sum += answer.body().length;
            for (String found : references(path, text(get(path)))) {
                if (files.add(found)) {
                    left.add(found);
                }
            }
        }
        assertThat(files).contains("/console/page/icon.svg");
        assertThat(sum).as("compressed bytes of all files").isLessThan(MOST_BYTES);
    }

    private static Set<String> references(String path, String text) {
        Matcher matcher = REFERENCE.matcher(text);
        return matcher.results()
                .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                .filter(reference -> path.endsWith("/") || path.endsWith(".js") || path.endsWith(".html"))
                .map(reference -> URI.create(path).resolve(reference).getPath())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console/", "/console/page/why.js", "/console/page/icon.svg"})
    void headersRestrictThePageToItsOwnFilesAndForbidFraming(String path) {
        HttpResponse<byte[]> answer = get(path);

        assertThat(header(answer, "Content-Security-Policy"))
                .isEqualTo("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                        + "require-trusted-types-for 'script'; trusted-types lit-html");
        assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(header(answer, "X-Frame-Options")).isEqualTo("DENY");
        assertThat(header(answer, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
        assertThat(header(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    }

    @Test
    void answers304IfTheBrowsersCopyIsCurrent() {
        HttpResponse<byte[]> first = get("/console/page/why.js", "Accept-Encoding", "gzip");

        HttpResponse<byte[]> second = get("/console/page/why.js", "If-None-Match", header(first, "ETag"));

        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
    }

    @Test
    void compressesForClientsThatAcceptIt() throws IOException {
        HttpResponse<byte[]> plain = get("/console/page/why.js");
        HttpResponse<byte[]> compressed = get("/console/page/why.js", "Accept-Encoding", "gzip");

        assertThat(header(compressed, "Content-Encoding")).isEqualTo("gzip");
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
            assertThat(in.readAllBytes()).isEqualTo(plain.body());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console", "/console/", "/console/page/why.js"})
    void rejectsForeignHosts(String path) throws IOException {
        Answer answer = exchange("GET " + path + " HTTP/1.1\r\nHost: attacker.example\r\n\r\n");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.error().getString("code")).isEqualTo("foreign_host");
    }

    @Test
    void rejectsOtherMethods() throws IOException {
        Answer answer = exchange("PUT /console/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("allow")).containsExactly("GET, HEAD");
    }

    private static Answer exchange(String request) throws IOException {
        try (RawConnection connection = RawConnection.to(node.adminPort())) {
            connection.send(request);
            return connection.read();
        }
    }

    private static HttpResponse<byte[]> get(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.adminPort() + path))
                .timeout(Duration.ofSeconds(60));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
