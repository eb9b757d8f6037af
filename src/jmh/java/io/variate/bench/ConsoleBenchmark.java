package io.variate.bench;

import io.variate.it.harness.Console;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Measures the console in Chromium with 10,000 flags: the time until its list is shown, from a key stroke to the filtered
 * rows, and from the click that saves a change until the node serves it.
 *
 * <p>PostgreSQL, the node and Chromium run in separate processes on the same cores.
 *
 * <pre>{@code
 * mvn -q -DskipTests package && mvn -q test-compile exec:java -Dexec.mainClass=io.variate.bench.ConsoleBenchmark
 * }</pre>
 *
 * <p>System properties: {@code console.flags} (10000) and {@code console.runs} (10).
 */
public final class ConsoleBenchmark {
    private static final int BATCH = 1_000;
    private static final String PROJECT = "large";
    private static final List<String> TEAMS = List.of("checkout", "search", "pricing", "onboarding", "mail");
    private static final List<String> TEXTS = List.of("checkout", "team 3", "feature 99", "growth pricing");

    private final Console console;
    private final int flags = Integer.getInteger("console.flags", 10_000);
    private final int runs = Integer.getInteger("console.runs", 10);

    private ConsoleBenchmark(Console console) {
        this.console = console;
    }

    /** Exits with status 1 if there are no results. */
    public static void main(String[] arguments) {
        ClassPath.passOn();
        System.setProperty("variate.jar", Path.of("target", "variate.jar").toString());
        System.out.println(Machine.description());
        double load = Report.busy();
        try (Console console = Console.start(
                Files.createTempDirectory("variate-console-"),
                "console-benchmark.mjs",
                "-Xmx1g",
                "-XX:TieredStopAtLevel=4")) {
            new ConsoleBenchmark(console).run();
        } catch (Exception | AssertionError e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        System.out.printf(Locale.ROOT, "%nLoad average: %.1f before, %.1f after%n", load, Report.busy());
        System.exit(0);
    }

    private void run() {
        String deployment = create();
        System.out.printf(Locale.ROOT, "Flags:   %,d%n%n", flags);
        System.out.println("| ms | p50 | max | runs |");
        System.out.println("|---|---:|---:|---:|");
        Map<String, Object> list = Map.of("project", PROJECT, "count", flags, "runs", runs);
        JsonObject shown = console.act("list", list);
        report("from the navigation to the first rows", shown, "first");
        report("from the navigation to all rows", shown, "all");
        JsonObject typed =
                console.act("keys", Map.of("project", PROJECT, "count", flags, "texts", new JsonArray(TEXTS)));
        report("from a key stroke to the filtered rows", typed, "drawn");
        report("from a key stroke to the frame that shows them", typed, "painted");
        JsonObject saved = console.act(
                "save",
                Map.of(
                        "project", PROJECT,
                        "count", flags,
                        "key", key(flags / 2),
                        "deployment", deployment,
                        "node", console.node().url(),
                        "runs", runs));
        report("from the click that saves until the node serves it", saved, "served");
    }

    /** Creates the flags, and returns the key of a deployment that serves them. */
    private String create() {
        console.project(PROJECT);
        String id = console.api(
                        "POST",
                        "/deployments",
                        JsonObject.of("projectId", PROJECT, "label", "shop", "type", "server", "allFlags", true))
                .getString("id");
        for (int from = 0; from < flags; from += BATCH) {
            JsonArray writes = new JsonArray();
            IntStream.range(from, Math.min(flags, from + BATCH)).forEach(number -> writes.add(creation(number)));
            console.api("POST", "/batch", JsonObject.of("writes", writes));
        }
        return console.api("GET", "/deployments/" + id, new JsonObject()).getString("key");
    }

    private static JsonObject creation(int number) {
        String team = TEAMS.get(number % TEAMS.size());
        JsonObject flag = JsonObject.of(
                "projectId",
                PROJECT,
                "key",
                key(number),
                "name",
                "Feature " + number + " of the " + team + " team",
                "enabled",
                number % 3 == 0,
                "rolloutPercentage",
                100,
                "tags",
                JsonArray.of("team-" + number % 7, number % 2 == 0 ? "growth" : "core"));
        return JsonObject.of("method", "POST", "path", number % 4 == 1 ? "/experiments" : "/flags", "body", flag);
    }

    private static String key(int number) {
        return TEAMS.get(number % TEAMS.size()) + "-feature-" + number;
    }

    private static void report(String what, JsonObject seen, String name) {
        double[] millis = seen.getJsonArray(name).stream()
                .mapToDouble(each -> ((Number) each).doubleValue())
                .sorted()
                .toArray();
        System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %d |%n",
                what,
                millis[(millis.length - 1) / 2],
                millis[millis.length - 1],
                millis.length);
    }
}
