package io.variate.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.ServerProcess;
import io.variate.it.harness.Documents;
import io.variate.it.harness.JarNode;
import io.variate.it.harness.Neighbours;
import io.variate.it.harness.NodeSettings;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client artifact for Vert.x applications, and the documented example as a Maven project that depends on it. */
class ClientJarIT {
    private static final Path JAR = Path.of(Objects.requireNonNull(System.getProperty("variate.client.jar")));
    private static final Path EXAMPLE = Path.of("src/it/java/io/variate/example");
    private static final Duration SOON = Duration.ofSeconds(40);

    /** Beside the client: the cluster manager, and Hazelcast in the version of the nodes. */
    private static final String POM = """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>com.example</groupId>
              <artifactId>greeter</artifactId>
              <version>1</version>
              <properties>
                <maven.compiler.release>17</maven.compiler.release>
                <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
              </properties>
              <repositories>
                <repository>
                  <id>client</id>
                  <url>%s</url>
                  <snapshots><updatePolicy>always</updatePolicy></snapshots>
                </repository>
              </repositories>
              <dependencies>
                <dependency>
                  <groupId>io.variate</groupId>
                  <artifactId>variate-client</artifactId>
                  <version>%s</version>
                </dependency>
                <dependency>
                  <groupId>io.vertx</groupId>
                  <artifactId>vertx-hazelcast</artifactId>
                  <version>%s</version>
                </dependency>
                <dependency>
                  <groupId>com.hazelcast</groupId>
                  <artifactId>hazelcast</artifactId>
                  <version>%s</version>
                </dependency>
              </dependencies>
              <build>
                <plugins>
                  <plugin>
                    <artifactId>maven-compiler-plugin</artifactId>
                    <version>3.14.1</version>
                  </plugin>
                  <plugin>
                    <artifactId>maven-resources-plugin</artifactId>
                    <version>3.5.0</version>
                  </plugin>
                </plugins>
              </build>
            </project>
            """;

    private static final String CLASS_PATH_GOAL =
            "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @Test
    void containsOnlyTheClientAndTheMessages() throws IOException {
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
    void theExampleBuildsAndRunsWithTheArtifactAndAClusterManagerOnly() throws Exception {
        String classPath = compile();
        assertThat(classPath).doesNotContain("kafka", "flyway", "logback", "pg-client", "lit-html", "vertx-web");
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
                Await.value(
                        "the example greets in teal", SOON, () -> body(uri), seen -> seen.equals("Hello Ada in teal"));
            }
        }
    }

    /** Has Maven build the example as a project of its own; returns its class path. */
    private static String compile() throws IOException {
        Path project = directory.resolve("greeter");
        Path sources = Files.createDirectories(project.resolve("src/main/java/io/variate/example"));
        try (Stream<Path> files = Files.list(EXAMPLE)) {
            for (Path file : files.toList()) {
                Files.copy(file, sources.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                project.resolve("pom.xml"),
                POM.formatted(
                        Path.of(property("variate.client.repository")).toUri(),
                        property("variate.version"),
                        property("vertx.version"),
                        property("hazelcast.version")));
        Path dependencies = project.resolve("class-path.txt");
        try (ServerProcess maven = ServerProcess.start(
                List.of(
                        property("variate.maven"),
                        "-B",
                        "-q",
                        "-Dmaven.repo.local=" + property("variate.maven.repository"),
                        "-Dmdep.outputFile=" + dependencies,
                        CLASS_PATH_GOAL,
                        "compile"),
                Map.of(),
                project)) {
            Await.until("Maven has built the example", Duration.ofMinutes(5), () -> !maven.isAlive());
            assertThat(dependencies)
                    .as("class path that Maven resolved: %s", maven.output())
                    .exists();
        }
        assertThat(project.resolve("target/classes/io/variate/example/Greeter.class"))
                .exists();
        return project.resolve("target/classes")
                + File.pathSeparator
                + Files.readString(dependencies).strip();
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), name);
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
