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

/** The flags to try things with. */
final class DemoRuleset {
    private static final Path FILE = Path.of("conf", "demo-ruleset.json");

    private DemoRuleset() {}

    /**
     * Hands them to a node, into an empty database only: what somebody has changed stays.
     *
     * @throws IOException if the node does not take them, or does not answer within ten seconds
     */
    static void load(int adminPort, String token) throws IOException, InterruptedException {
        HttpRequest put = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/api/1/ruleset"))
                .header("Authorization", "Bearer " + token)
                .header("If-Match", "\"0\"")
                .timeout(Duration.ofSeconds(10))
                .PUT(BodyPublishers.ofString(Files.readString(FILE)))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(put, BodyHandlers.ofString());
        int status = answer.statusCode();
        if (status != 200 && status != 412 && status != 405) {
            throw new IOException("the demo ruleset was not taken: " + status + " " + answer.body());
        }
    }
}
