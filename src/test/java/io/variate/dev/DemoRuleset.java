package io.variate.dev;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The demo ruleset. */
final class DemoRuleset {
    private static final Path FILE = Path.of("conf", "demo-ruleset.json");

    private DemoRuleset() {}

    /**
     * Uploads it to a node, unless the database already has a ruleset.
     *
     * @throws IOException if the node rejects it, or does not respond within ten seconds
     */
    static void load(int adminPort, String token) throws IOException, InterruptedException {
        HttpRequest put = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/api/1/ruleset"))
                .header("Authorization", "Bearer " + token)
                .header("If-Match", "\"0\"")
                .timeout(Duration.ofSeconds(10))
                .PUT(BodyPublishers.ofString(Files.readString(FILE)))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(put, BodyHandlers.ofString());
        int status = response.statusCode();
        if (status != 200 && status != 412 && status != 405) {
            throw new IOException("demo ruleset rejected: " + status + " " + response.body());
        }
    }
}
