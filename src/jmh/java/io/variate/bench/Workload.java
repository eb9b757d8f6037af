package io.variate.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The requests of the benchmark: 10,000 premium users of two countries, with one flag of a hundred or all of them.
 *
 * @param allFlags whether to evaluate all flags, or only the one in the middle
 * @param tracked whether evaluations record assignment events
 */
record Workload(boolean allFlags, boolean tracked) {
    private static final int FLAGS = 100;
    static final int USERS = 10_000;
    private static final int SAMPLES = 101;
    static final String ONE_FLAG = flagKey(FLAGS / 2);
    static final String DEPLOYMENT_KEY = "server-benchmark-key";
    private static final String[] COUNTRIES = {"US", "CA"};

    /** The ruleset document: a hundred experiments for premium users of both countries, each with an even split. */
    static String ruleset() {
        String flags = IntStream.range(0, FLAGS).mapToObj(Workload::flag).collect(Collectors.joining(",\n"));
        return """
            {"revision": 1,
             "deployments": [{"key": "%s", "label": "benchmark", "type": "server", "flags": ["*"]}],
             "flags": [
            %s
            ]}
            """.formatted(DEPLOYMENT_KEY, flags);
    }

    private static String flag(int number) {
        return """
            {"key": "%s",
             "metadata": {"deployed": true, "evaluationMode": "remote", "experimentKey": "exp-%d",
              "flagType": "experiment", "flagVersion": %d},
             "segments": [
              {"metadata": {"segmentName": "Premium in North America"},
               "conditions": [[
                {"selector": ["context", "user", "country"], "op": "is", "values": ["US", "CA"]},
                {"selector": ["context", "user", "user_properties", "plan"], "op": "is", "values": ["premium"]}]],
               "bucket": {"selector": ["context", "user", "user_id"], "salt": "salt-%d",
                "allocations": [{"range": [0, 100], "distributions": [
                 {"variant": "control", "range": [0, 21474837]},
                 {"variant": "treatment", "range": [21474836, 42949673]}]}]}}],
             "variants": {
              "control": {"key": "control", "value": "control"},
              "treatment": {"key": "treatment", "value": "treatment"},
              "off": {"key": "off", "metadata": {"default": true}}}}""".formatted(flagKey(number), number, number % 9 + 1, number);
    }

    private static String flagKey(int number) {
        return "flag-%02d".formatted(number);
    }

    /** The query after the number of the user. */
    private String query(String country) {
        return query(allFlags, country);
    }

    static String query(boolean allFlags, String country) {
        return (allFlags ? "" : "&flag_key=" + ONE_FLAG) + "&context=" + percentEncoded(context(country));
    }

    static String context(String country) {
        return "{\"country\":\"" + country + "\",\"user_properties\":{\"plan\":\"premium\"}}";
    }

    private static String percentEncoded(String json) {
        return json.replace("{", "%7B")
                .replace("}", "%7D")
                .replace("\"", "%22")
                .replace(":", "%3A")
                .replace(",", "%2C");
    }

    /**
     * The script for wrk. It creates the requests before the measurement, to minimize the work of wrk per request, and prints
     * the results in one line.
     */
    String script() {
        return """
            local requests = {}
            local queries = {[0] = "%s", "%s"}
            local at = 0

            function init(args)
              wrk.headers["Authorization"] = "Api-Key %s"
              %s
              for user = 1, %d do
                requests[user] = wrk.format("GET", "/v1/vardata?user_id=user-" .. user .. queries[user %% 2])
              end
            end

            function request()
              at = at %% %d + 1
              return requests[at]
            end

            function done(summary, latency, requests)
              local errors = summary.errors
              io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
                summary.bytes, latency:percentile(50), latency:percentile(99), errors.status,
                errors.connect + errors.read + errors.write + errors.timeout))
            end
            """.formatted(
                        query(COUNTRIES[0]),
                        query(COUNTRIES[1]),
                        DEPLOYMENT_KEY,
                        tracked ? "" : "wrk.headers[\"X-Amp-Exp-Track\"] = \"no-track\"",
                        USERS,
                        USERS);
    }

    /**
     * Requests some users and returns the response of median length.
     *
     * @throws IllegalStateException if a response is wrong
     */
    void checkAndKeep(int port, Path file) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        List<String> answers = new ArrayList<>();
        for (int user = 1; user <= SAMPLES; user++) {
            String uri = "http://127.0.0.1:" + port + "/v1/vardata?user_id=user-" + user + query(COUNTRIES[user % 2]);
            HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                    .header("Authorization", "Api-Key " + DEPLOYMENT_KEY)
                    .header("X-Amp-Exp-Track", "no-track")
                    .timeout(Duration.ofSeconds(10))
                    .build();
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200 || !isRight(response.body())) {
                throw new IllegalStateException(
                        "Wrong response " + response.statusCode() + " to " + uri + ": " + response.body());
            }
            answers.add(response.body());
        }
        answers.sort(Comparator.comparing(String::length));
        Files.writeString(file, answers.get(SAMPLES / 2));
    }

    private boolean isRight(String body) {
        JsonObject answer = new JsonObject(body);
        boolean complete = allFlags ? answer.size() == FLAGS : answer.size() == 1 && answer.containsKey(ONE_FLAG);
        return complete && answer.fieldNames().stream().allMatch(flag -> isExperimental(answer.getJsonObject(flag)));
    }

    private static boolean isExperimental(JsonObject variant) {
        String key = variant.getString("key");
        return key.equals("control") || key.equals("treatment");
    }
}
