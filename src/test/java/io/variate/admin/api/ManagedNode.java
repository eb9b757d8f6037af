package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A node with a database of its own, and a client of its management API. Answers are held against the OpenAPI document. */
final class ManagedNode implements AutoCloseable {
    private final EmbeddedPostgresql postgresql;
    private final RunningNode node;

    private ManagedNode(EmbeddedPostgresql postgresql, RunningNode node) {
        this.postgresql = postgresql;
        this.node = node;
    }

    /** Starts a node with a ruleset that has the deployment {@code server-secret-key} of the project without a name. */
    static ManagedNode start(Map<String, String> variables) {
        EmbeddedPostgresql postgresql = EmbeddedPostgresql.start(null, 0);
        try {
            Map<String, String> all = new HashMap<>(variables);
            all.put("VARIATE_POSTGRES_URI", postgresql.uri());
            return new ManagedNode(postgresql, RunningNode.start(all));
        } catch (RuntimeException e) {
            postgresql.close();
            throw e;
        }
    }

    /** The node. */
    RunningNode node() {
        return node;
    }

    /** Replaces the whole ruleset. */
    void put(String document) {
        HttpResponse<String> put = node.put(document);
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }

    /**
     * Sends a request with the admin token.
     *
     * @param path below {@code /api/1}
     */
    HttpResponse<String> send(String method, String path, String body, String... headers) {
        String[] all = Stream.concat(Stream.of("Content-Type", "application/json"), Stream.of(headers))
                .toArray(String[]::new);
        return node.admin(method, "/api/1" + path, body, all);
    }

    /** Sends a request with another token. */
    HttpResponse<String> sendAs(String token, String method, String path, String body) {
        return node.send(
                method,
                node.adminPort(),
                "/api/1" + path,
                body,
                "Authorization",
                "Bearer " + token,
                "Content-Type",
                "application/json");
    }

    /** Sends a request that must succeed. */
    HttpResponse<String> ok(String method, String path, String body, String... headers) {
        HttpResponse<String> answer = send(method, path, body, headers);
        assertThat(answer.statusCode())
                .as("%s %s %s: %s", method, path, body, answer.body())
                .isEqualTo(200);
        return answer;
    }

    JsonObject get(String path) {
        return new JsonObject(ok("GET", path, "").body());
    }

    JsonArray getList(String path) {
        return new JsonArray(ok("GET", path, "").body());
    }

    JsonObject post(String path, String body) {
        return new JsonObject(ok("POST", path, body).body());
    }

    /** Edits a resource, and states why. */
    JsonObject patch(String path, String body, String reason) {
        return new JsonObject(
                ok("PATCH", path, body, "X-Variate-Reason", reason).body());
    }

    JsonObject patch(String path, String body) {
        return new JsonObject(ok("PATCH", path, body).body());
    }

    /** Sends a write that returns the text {@code OK}. */
    void confirmed(String method, String path, String body) {
        assertThat(ok(method, path, body).body()).isEqualTo("OK");
    }

    /** Creates a resource and returns its id. */
    String create(String path, String body) {
        return post(path, body).getString("id");
    }

    /** The variants of a user, by flag key. */
    JsonObject variants(String deploymentKey, String user) {
        HttpResponse<String> answer = node.post("/sdk/v2/vardata", user, "Authorization", "Api-Key " + deploymentKey);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    /** The key of the variant of a user; {@code off} if the flag is not served. */
    String variant(String deploymentKey, String flag, String user) {
        JsonObject variant = variants(deploymentKey, user).getJsonObject(flag);
        return variant == null ? "off" : variant.getString("key");
    }

    @Override
    public void close() {
        try {
            node.close();
        } finally {
            postgresql.close();
        }
    }
}
