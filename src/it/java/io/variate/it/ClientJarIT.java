package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.ServerProcess;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar for Vert.x applications, and the example that is compiled against it and nothing else of ours. */
class ClientJarIT {
    private static final Path JAR = Path.of(Objects.requireNonNull(System.getProperty("variate.client.jar")));
    private static final Path EXAMPLE = Path.of("src/it/java/io/variate/example");
    private static final Duration SOON = Duration.ofSeconds(40);

    /** What docs/embedding.md says an application needs: artifacts, by what their files begin with. */
    private static final Pattern NEEDED = Pattern.compile(
            "(vertx-core|vertx-core-logging|vertx-hazelcast|hazelcast|netty-.*|jackson-core|jspecify|slf4j-api)-[0-9].*\\.jar");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @Test
    void holdsTheClientAndTheMessagesAndNothingElse() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> classes = jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class"))
                    .toList();
            assertThat(classes)
                    .contains("io/variate/client/EvaluationClient.class", "io/variate/bus/EvaluationRequest.class")
                    .allMatch(name -> name.startsWith("io/variate/client/") || name.startsWith("io/variate/bus/"));
        }
        assertThat(Files.size(JAR)).isLessThan(150_000);
    }

    @Test
    void theExampleNeedsNothingButTheJarAndItsDependencies() throws Exception {
        String classPath = Stream.concat(
                        Stream.of(JAR.toString(), directory.toString()),
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                                .filter(entry -> NEEDED.matcher(
                                                String.valueOf(Path.of(entry).getFileName()))
                                        .matches()))
                .collect(Collectors.joining(File.pathSeparator));
        compile(classPath);
        String cluster = Neighbours.unique("example");
        List<Integer> ports = FreePorts.some(1);
        Path ruleset = Files.writeString(directory.resolve("ruleset.json"), Documents.colour("teal"));
        try (JarNode node = JarNode.start(NodeSettings.of(directory, "node")
                .set("rulesets.file", ruleset)
                .joining(cluster, ports.get(0), ports.get(0)))) {
            node.awaitReady();
            try (ServerProcess example = run(classPath, cluster + "@us", "127.0.0.1:" + ports.get(0))) {
                Pattern up = Pattern.compile("greeting on port (\\d+)");
                Matcher port = up.matcher(example.awaitLine(up.asPredicate(), SOON));
                assertThat(port.find()).isTrue();
                URI uri = URI.create("http://127.0.0.1:" + port.group(1) + "/?user=Ada");
                Await.until("the example greets in teal", SOON, () -> body(uri).equals("Hello Ada in teal"));
            }
        }
    }

    private static void compile(String classPath) throws IOException {
        try (Stream<Path> sources = Files.list(EXAMPLE)) {
            Stream<String> options = Stream.of("-d", directory.toString(), "-cp", classPath, "-proc:none");
            String[] arguments =
                    Stream.concat(options, sources.map(Path::toString)).toArray(String[]::new);
            assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments))
                    .as("exit status of the compiler")
                    .isZero();
        }
    }

    private static ServerProcess run(String classPath, String cluster, String node) {
        return ServerProcess.start(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        classPath,
                        "io.variate.example.Greeter",
                        cluster,
                        "127.0.0.1",
                        node,
                        Documents.KEY),
                Map.of(),
                directory.resolve("example"));
    }

    private static String body(URI uri) {
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return String.valueOf(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
