package io.variate.commandline.resources;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.variate.json.Json;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.Bucketing;
import io.variate.management.model.EvaluationMode;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.ParentDependencies;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with a server that has the reads of the management API and records batches. */
class ExportPlanApplyTest {
    private static final ManagedFlag PARENT =
            ManagedFlag.create(ResourceKind.FLAG, "", "parent", "user_id", "s").withId(1);
    private static final ManagedFlag CHILD = ManagedFlag.create(ResourceKind.EXPERIMENT, "", "a/b c", "user_id", "s")
            .withId(2)
            .edit()
            .deployments(List.of(4L))
            .dependencies(new ParentDependencies(Map.of(1L, List.of("on")), ParentDependencies.Operator.ALL))
            .build();
    private static final HoldoutGroup HOLDOUT = new HoldoutGroup(
            3,
            "",
            "h",
            "H",
            "",
            5,
            EvaluationMode.REMOTE,
            new Bucketing("user_id", "hs", "User"),
            "on",
            List.of(2L),
            List.of(),
            List.of(),
            false);
    private static final ManagedDeployment DEPLOYMENT = ManagedDeployment.create(
                    "", "server-secret", "web", ManagedDeployment.Type.SERVER)
            .withId(4);

    private final Map<Long, Resource> resources = new LinkedHashMap<>();
    private final Map<Long, Long> versions = new LinkedHashMap<>();
    private final List<Map<?, ?>> batches = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();
    private HttpServer server;

    @TempDir
    private Path directory;

    @BeforeEach
    void startServer() throws IOException {
        for (Resource resource : List.of(PARENT, CHILD, HOLDOUT, DEPLOYMENT)) {
            put(resource, 1);
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    private void put(Resource resource, long version) {
        resources.put(resource.id(), resource);
        versions.put(resource.id(), version);
    }

    private void answer(HttpExchange exchange) throws IOException {
        tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        byte[] body = exchange.getRequestBody().readAllBytes();
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        Object answer;
        if (path[3].equals("batch")) {
            batches.add((Map<?, ?>) Objects.requireNonNull(Json.parse(new String(body, StandardCharsets.UTF_8))));
            answer = Map.of(
                    "dryRun", exchange.getRequestURI().getQuery() != null, "revision", 7L, "warnings", List.of());
        } else if (path[3].equals("projects")) {
            answer = Map.of("projects", List.of(Map.of("id", "1")));
        } else if (path.length == 4) {
            answer = Map.of(
                    path[3],
                    resources.values().stream()
                            .filter(resource -> ResourceSet.DEPLOYMENTS.path().equals(path[3])
                                    ? resource instanceof ManagedDeployment
                                    : path[3].equals(set(resource)))
                            .map(ResourceWriter::tree)
                            .toList());
        } else {
            long id = Long.parseLong(path[4]);
            exchange.getResponseHeaders().set("ETag", "\"" + versions.get(id) + "\"");
            answer = ResourceWriter.tree(Objects.requireNonNull(resources.get(id)));
        }
        byte[] bytes = Json.write(answer).getBytes(StandardCharsets.UTF_8);
        boolean known = !path[3].equals("preview");
        exchange.sendResponseHeaders(known ? 200 : 404, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String set(Resource resource) {
        return ResourceSet.of(resource.kind()).path();
    }

    private List<String> run(int status, String command) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int actual = new ResourceCommands(out, Map.of("VARIATE_TOKEN", "t0ken"))
                .run(
                        command,
                        List.of(
                                "--url",
                                "http://127.0.0.1:" + server.getAddress().getPort(),
                                "--dir",
                                directory.toString()));
        assertThat(actual).as(out.toString(StandardCharsets.UTF_8)).isEqualTo(status);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private void edit(String file, String before, String after) throws IOException {
        Path path = directory.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(before);
        Files.writeString(path, text.replace(before, after));
    }

    private Map<?, ?> write(int index) {
        return (Map<?, ?>) Objects.requireNonNull(((List<?>)
                        Objects.requireNonNull(batches.get(batches.size() - 1).get("writes")))
                .get(index));
    }

    @Test
    void exportWritesOneFileForEachResource() throws IOException {
        run(0, "export");

        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> directory.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "1/flags/parent.json",
                            "1/experiments/a%2Fb%20c.json",
                            "1/holdouts/h.json",
                            "1/deployments/web.json",
                            "versions.json");
        }
        assertThat(tokens).containsOnly("Bearer t0ken");
    }

    @Test
    void filesNameResourcesByKeysAndHaveNoCredentials() throws IOException {
        run(0, "export");

        assertThat(Files.readString(directory.resolve("1/experiments/a%2Fb%20c.json")))
                .contains("\"parent\": [\n        \"on\"\n      ]", "\"deployments\": [\n    \"web\"\n  ]")
                .doesNotContain("\"id\"");
        assertThat(Files.readString(directory.resolve("1/holdouts/h.json"))).contains("\"a/b c\"");
        assertThat(Files.readString(directory.resolve("1/deployments/web.json")))
                .doesNotContain("secret");
    }

    @Test
    void aSecondExportChangesNothingAndAPlanIsEmpty() throws IOException {
        run(0, "export");
        Map<Path, String> before = texts();
        run(0, "export");

        assertThat(texts()).isEqualTo(before);
        assertThat(run(0, "plan")).containsExactly("no changes");
        assertThat(batches).isEmpty();
    }

    private Map<Path, String> texts() throws IOException {
        Map<Path, String> texts = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                texts.put(file, Files.readString(file));
            }
        }
        return texts;
    }

    @Test
    void applySendsOnlyChangedFieldsWithTheirBaseVersion() throws IOException {
        run(0, "export");
        edit("1/flags/parent.json", "\"rolloutPercentage\": 0", "\"rolloutPercentage\": 50");

        assertThat(run(0, "apply"))
                .containsExactly("~ 1/flags/parent", "    rolloutPercentage: 0 -> 50", "applied: revision 7");
        assertThat(write(0))
                .isEqualTo(Map.of(
                        "method",
                        "PATCH",
                        "path",
                        "/flags/1",
                        "ifMatch",
                        "\"1\"",
                        "body",
                        Map.of("rolloutPercentage", 50L)));
    }

    @Test
    void aPlanIsADryRun() throws IOException {
        run(0, "export");
        edit("1/flags/parent.json", "\"enabled\": false", "\"enabled\": true");

        assertThat(run(0, "plan"))
                .contains("~ 1/flags/parent", "    enabled: false -> true")
                .anyMatch(line -> line.startsWith("no preview of project 1"));
        assertThat(batches).hasSize(1);
    }

    @Test
    void aStaleCheckoutIsAConflict() throws IOException {
        run(0, "export");
        edit("1/flags/parent.json", "\"enabled\": false", "\"enabled\": true");
        put(PARENT.edit().name("Renamed").build(), 2);

        assertThat(run(1, "apply"))
                .contains("conflict: 1/flags/parent: was exported at version 1, the server has version 2;"
                        + " export again and merge");
        assertThat(batches).isEmpty();
    }

    @Test
    void aNewFlagIsCreatedBeforeTheFlagThatDependsOnIt() throws IOException {
        run(0, "export");
        Files.copy(directory.resolve("1/flags/parent.json"), directory.resolve("1/flags/zz.json"));
        Files.writeString(
                directory.resolve("1/flags/aa.json"),
                Files.readString(directory.resolve("1/flags/parent.json"))
                        .replace("\"flags\": {}", "\"flags\": {\"zz\": [\"on\"]}"));

        assertThat(run(0, "apply")).contains("+ 1/flags/zz", "+ 1/flags/aa");
        assertThat(write(0).get("as")).isEqualTo("r0");
        assertThat(body(1).get("parentDependencies"))
                .isEqualTo(Map.of("flags", Map.of("$r0", List.of("on")), "operator", "all"));
    }

    private Map<?, ?> body(int index) {
        return (Map<?, ?>)
                Objects.requireNonNull((@Nullable Object) write(index).get("body"));
    }

    @Test
    void aDeletedFileArchivesItsResource() throws IOException {
        run(0, "export");
        Files.delete(directory.resolve("1/holdouts/h.json"));

        assertThat(run(0, "apply")).contains("- 1/holdouts/h");
        assertThat(write(0).get("body")).isEqualTo(Map.of("archive", true));
    }

    @Test
    void aResourceThatTheCheckoutDoesNotKnowIsLeftAlone() throws IOException {
        run(0, "export");
        put(ManagedFlag.create(ResourceKind.FLAG, "", "foreign", "user_id", "s").withId(9), 1);

        assertThat(run(0, "plan")).containsExactly("  1/flags/foreign: only on the server, left alone", "no changes");
    }

    @Test
    void aReferenceToNothingIsAConflict() throws IOException {
        run(0, "export");
        edit("1/experiments/a%2Fb%20c.json", "\"web\"", "\"wb\"");

        assertThat(run(1, "plan"))
                .contains(
                        "conflict: 1/experiments/a/b c: refers to 'wb', which is neither in a file nor on the server");
    }
}
