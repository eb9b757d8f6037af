package io.variate.commandline.resources;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code export}, {@code plan}, {@code apply} and {@code import amplitude}. Runs on the calling thread; standard output has
 * the report.
 */
public final class ResourceCommands {
    public static final String EXPORT = "export";
    public static final String PLAN = "plan";
    public static final String APPLY = "apply";
    public static final String IMPORT = "import";

    /** The variable with the token of the server. */
    private static final String TOKEN = "VARIATE_TOKEN";

    /** The variable with the key of Amplitude's Management API. */
    private static final String AMPLITUDE_KEY = "AMPLITUDE_MANAGEMENT_KEY";

    private static final String URL = "--url";
    private static final String DIR = "--dir";
    private static final String REASON = "--reason";
    private static final String FLAGS = "--flags";
    private static final String MANAGEMENT = "--management";
    private static final String PROJECT = "--project";

    private static final int CONFLICT = 412;
    private static final int SUCCESS = 0;
    private static final int PROBLEMS = 1;

    /** Users that a plan compares. */
    private static final long PREVIEWED_USERS = 1_000;

    private final OutputStream out;
    private final Map<String, String> environment;

    /** Writes reports to a stream, which is never closed. */
    public ResourceCommands(OutputStream out, Map<String, String> environment) {
        this.out = out;
        this.environment = environment;
    }

    /**
     * Runs a command.
     *
     * @return the exit status: 0 for success, 1 if a plan cannot be applied or the server rejects it
     * @throws InvalidOptionsException if the arguments are invalid
     * @throws IOException if a file or the server cannot be read; the message names it and the cause
     */
    public int run(String command, List<String> arguments) throws IOException {
        return switch (command) {
            case EXPORT -> export(Options.read(command, arguments, Set.of(URL, DIR)));
            case PLAN -> plan(Options.read(command, arguments, Set.of(URL, DIR)));
            case APPLY -> apply(Options.read(command, arguments, Set.of(URL, DIR, REASON)));
            default -> importAmplitude(arguments);
        };
    }

    private int export(Options options) throws IOException {
        ServerResources server = ServerResources.read(client(options));
        ResourceDirectory directory = directory(options);
        directory.write(server.files());
        directory.writeVersions(server.versions());
        print("exported " + server.present().size() + " resources");
        return SUCCESS;
    }

    private int plan(Options options) throws IOException {
        ManagementClient client = client(options);
        Plan plan = plan(client, directory(options));
        if (!printPlan(plan)) {
            return PROBLEMS;
        }
        if (plan.writes().isEmpty()) {
            return SUCCESS;
        }
        try {
            printAnswer(client.post("/batch?dryRun=true", Map.of("writes", plan.writes())));
            for (String project : plan.changedProjects()) {
                printMoves(client, plan, project);
            }
        } catch (ManagementClient.RefusedException e) {
            print("problem: " + e.getMessage());
            return PROBLEMS;
        }
        return SUCCESS;
    }

    private int apply(Options options) throws IOException {
        ManagementClient client = client(options);
        ResourceDirectory directory = directory(options);
        Plan plan = plan(client, directory);
        if (!printPlan(plan)) {
            return PROBLEMS;
        }
        if (plan.writes().isEmpty()) {
            return SUCCESS;
        }
        try {
            printAnswer(client.post("/batch", Map.of("writes", plan.writes()), options.optional(REASON)));
        } catch (ManagementClient.RefusedException e) {
            print(
                    e.status() == CONFLICT
                            ? "conflict: somebody else changed a resource; export again and merge: " + e.getMessage()
                            : "problem: " + e.getMessage());
            return PROBLEMS;
        }
        directory.writeVersions(ServerResources.read(client).versions());
        return SUCCESS;
    }

    private static Plan plan(ManagementClient client, ResourceDirectory directory) throws IOException {
        return Plan.of(directory.read(), directory.versions(), ServerResources.read(client));
    }

    /** Prints the changes, and returns whether they can be applied. */
    private boolean printPlan(Plan plan) throws IOException {
        for (String line : plan.lines()) {
            print(line);
        }
        for (String conflict : plan.conflicts()) {
            print("conflict: " + conflict);
        }
        if (plan.writes().isEmpty()) {
            print("no changes");
        }
        return plan.conflicts().isEmpty();
    }

    private void printAnswer(ManagementClient.Answer answer) throws IOException {
        Map<String, @Nullable Object> batch = ManagementClient.object("/batch", answer.body());
        if (batch.get("warnings") instanceof List<?> warnings) {
            for (Object each : warnings) {
                if (each instanceof Map<?, ?> warning) {
                    print("warning: " + warning.get("path") + ": " + warning.get("message"));
                }
            }
        }
        if (!Boolean.TRUE.equals(batch.get("dryRun"))) {
            print("applied" + (batch.get("revision") == null ? "" : ": revision " + batch.get("revision")));
        }
    }

    /** Prints which users get other variants, if the server can compare. */
    private void printMoves(ManagementClient client, Plan plan, String project) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("project", project);
        request.put("writes", plan.writes());
        request.put("users", Map.of("generate", Map.of("count", PREVIEWED_USERS)));
        String lines;
        try {
            lines = client.post("/preview", request).body();
        } catch (ManagementClient.RefusedException e) {
            print("no preview of project " + project + ": " + e.getMessage());
            return;
        }
        for (String line : lines.lines().toList()) {
            printMoves(line);
        }
    }

    private void printMoves(String line) throws IOException {
        Object tree;
        try {
            tree = line.isBlank() ? null : Json.parse(line);
        } catch (JsonException e) {
            return;
        }
        if (!(tree instanceof Map<?, ?> flag) || flag.get("flag") == null) {
            return;
        }
        print("moves: " + flag.get("flag") + ": " + flag.get("moved") + " of " + PREVIEWED_USERS + " users");
        if (flag.get("moves") instanceof List<?> moves) {
            for (Object each : moves) {
                if (each instanceof Map<?, ?> move && !Objects.equals(move.get("from"), move.get("to"))) {
                    print("    " + name(move.get("from")) + " -> " + name(move.get("to")) + ": " + move.get("users"));
                }
            }
        }
    }

    private static Object name(@Nullable Object variant) {
        return variant == null ? "(none)" : variant;
    }

    private int importAmplitude(List<String> arguments) throws IOException {
        if (arguments.isEmpty() || !arguments.get(0).equals("amplitude")) {
            throw new InvalidOptionsException("import requires the source: amplitude");
        }
        Options options =
                Options.read(IMPORT, arguments.subList(1, arguments.size()), Set.of(FLAGS, MANAGEMENT, DIR, PROJECT));
        String flags = options.optional(FLAGS);
        String management = options.optional(MANAGEMENT);
        if ((flags == null) == (management == null)) {
            throw new InvalidOptionsException("import amplitude requires either " + FLAGS + " or " + MANAGEMENT);
        }
        String project = options.optional(PROJECT) == null ? "1" : options.required(PROJECT);
        Imported imported = flags != null
                ? FlagsImport.read(Path.of(flags), project)
                : ManagementImport.read(source(options.required(MANAGEMENT)), project);
        directory(options).write(imported.files());
        for (String line : imported.report()) {
            print(line);
        }
        return SUCCESS;
    }

    private ManagementImport.Source source(String place) throws IOException {
        if (!place.startsWith("https://") && !place.startsWith("http://")) {
            return ManagementImport.file(Path.of(place));
        }
        return ManagementImport.server(new ManagementClient(uri(place), environment.get(AMPLITUDE_KEY)));
    }

    /**
     * What an import has found.
     *
     * @param report a line for each resource
     */
    record Imported(SortedMap<ResourceName, Map<String, @Nullable Object>> files, List<String> report) {
        Imported {
            report = List.copyOf(new ArrayList<>(report));
        }
    }

    private ManagementClient client(Options options) {
        return new ManagementClient(uri(options.required(URL)), environment.get(TOKEN));
    }

    private static URI uri(String url) {
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            throw new InvalidOptionsException("'" + url + "' is not a URL");
        }
    }

    private static ResourceDirectory directory(Options options) {
        return new ResourceDirectory(Path.of(options.required(DIR)));
    }

    private void print(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
