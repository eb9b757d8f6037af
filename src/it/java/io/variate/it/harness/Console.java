package io.variate.it.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The console of one node of the production jar with PostgreSQL, used in Chromium by a script of {@code src/it/sdk} that is
 * based on {@code console.mjs}. Screenshots are in {@code target/screenshots}.
 */
public final class Console implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final JarNode node;
    private final SdkScript script;

    private Console(JarNode node, SdkScript script) {
        this.node = node;
        this.script = script;
    }

    /**
     * Starts the node and the browser. The admin token is {@link JarNode#TOKEN}.
     *
     * @param jvmArguments they override the defaults of small nodes
     */
    public static Console start(Path directory, String script, String... jvmArguments) {
        String chromium = SdkScript.chromium();
        JarNode node = JarNode.start(
                NodeSettings.of(directory, "node")
                        .set("postgres.uri", Neighbours.database())
                        .set("admin.token", JarNode.TOKEN)
                        .set("admin.console", true)
                        .set("evaluation.timeout", "10s"),
                jvmArguments);
        try {
            return new Console(
                    node,
                    SdkScript.start(
                            script,
                            new JsonObject()
                                    .put("chromium", chromium)
                                    .put("url", "http://127.0.0.1:" + node.adminPort())
                                    .put("token", JarNode.TOKEN)
                                    .put("screenshots", screenshots().toString())));
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private static Path screenshots() {
        try {
            return Files.createDirectories(Path.of(Objects.requireNonNull(System.getProperty("variate.jar")))
                    .toAbsolutePath()
                    .resolveSibling("screenshots"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public JarNode node() {
        return node;
    }

    /** Calls the management API with the admin token, and requires a status of 2xx. */
    public JsonObject api(String method, String path, JsonObject body) {
        HttpResponse<String> answer = node.admin(method, "/api/1" + path, body.isEmpty() ? "" : body.encode());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return answer.body().startsWith("{") ? new JsonObject(answer.body()) : new JsonObject();
    }

    /** Creates a project. */
    public String project(String id) {
        api("POST", "/projects", JsonObject.of("id", id, "name", "Project " + id));
        return id;
    }

    /** Lets the script act. Nothing may happen with a console error, a breach of the policy or a request to others. */
    public JsonObject act(String name, Map<String, ?> parameters) {
        JsonObject command = new JsonObject();
        parameters.forEach(command::put);
        script.send(command.put("act", name).encode());
        JsonObject seen = script.next(PATIENCE);
        assertThat(seen.getString("failure"))
                .as("%s; %s", name, seen.getJsonArray("problems"))
                .isNull();
        assertThat(lines(seen, "problems")).as(name).isEmpty();
        return seen;
    }

    /** Requires that each of the views in {@code seen} is accessible and fits into the window. */
    public static void requireAccessible(JsonObject seen) {
        assertThat(seen.fieldNames()).isNotEmpty();
        for (String view : seen.fieldNames()) {
            JsonObject look = seen.getJsonObject(view);
            assertThat(lines(look, "violations")).as(view).isEmpty();
            assertThat(lines(look, "tooWide")).as(view).isEmpty();
            assertThat(look.getInteger("passes")).as(view).isGreaterThan(10);
        }
    }

    /** The texts of an array. */
    public static List<String> lines(JsonObject seen, String name) {
        return seen.getJsonArray(name).stream().map(String::valueOf).toList();
    }

    @Override
    public void close() {
        try {
            script.close();
        } finally {
            node.close();
        }
    }
}
