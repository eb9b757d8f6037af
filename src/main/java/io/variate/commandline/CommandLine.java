package io.variate.commandline;

import io.variate.commandline.resources.InvalidOptionsException;
import io.variate.commandline.resources.ResourceCommands;
import io.variate.config.Release;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The commands of the jar: {@code validate}, {@code evaluate}, {@code config}, {@code migrate-proxy}, those of {@link ResourceCommands},
 * {@code --help} and {@code --version}.
 *
 * <p>Runs on the calling thread. Standard output contains only the results, in UTF-8; everything else goes to standard
 * error.
 */
public final class CommandLine {
    /** Exit status: success, no problems found. */
    static final int SUCCESS = 0;

    /** Exit status: the input has problems. */
    static final int PROBLEMS = 1;

    /** Exit status: wrong arguments, an unreadable file, or an output that cannot be written. */
    static final int FAILED = 2;

    /** A command that {@code bootstrap} runs, because it starts a node. */
    public static final String REHEARSE = "rehearse";

    private static final String MIGRATE_PROXY = "migrate-proxy";

    private static final Set<String> COMMANDS = Set.of(
            "validate",
            "evaluate",
            "config",
            MIGRATE_PROXY,
            REHEARSE,
            ResourceCommands.EXPORT,
            ResourceCommands.PLAN,
            ResourceCommands.APPLY,
            ResourceCommands.IMPORT);

    private static final String HELP = """
            usage: java -jar variate.jar [SETTINGS]
                     starts a node; SETTINGS defaults to conf/variate.yaml if that file exists
                   java -jar variate.jar validate [--strict] [--project KEY] FILE
                     lists the problems of a ruleset document or a list of flags; with --strict, warnings fail too
                   java -jar variate.jar evaluate [--ruleset FILE [--project KEY]] [--explain]
                     evaluates newline-delimited JSON from standard input, one line of output per line
                   java -jar variate.jar config [SETTINGS]
                     prints the settings with which a node would start, and where each comes from; secrets are masked
                   java -jar variate.jar migrate-proxy [--environment] [--with-secrets] [FILE [FILE]]
                     prints the settings that a configuration of Amplitude's evaluation-proxy means: of its environment, or
                     of one or two files, with --environment for what they leave out
                   java -jar variate.jar export --url URL --dir DIR
                     writes one file for each resource of a server
                   java -jar variate.jar plan --url URL --dir DIR
                     lists what apply would change, problems, and which users would get another variant
                   java -jar variate.jar apply --url URL --dir DIR [--reason TEXT]
                     changes a server to what the files contain, in one transaction
                   java -jar variate.jar import amplitude (--flags FILE | --management FILE-OR-URL) --dir DIR [--project ID]
                     writes files for flags of Amplitude: of a response of /sdk/v2/flags, or of the Management API
                   java -jar variate.jar rehearse
                     starts a temporary node, sends it requests and stops it; use with -XX:ArchiveClassesAtExit
                   java -jar variate.jar --help | --version
            KEY is a project of the ruleset; by default validate checks all, and evaluate finds it by the flags of a line.
            URL is the admin port of a node; the token is in VARIATE_TOKEN, the key of Amplitude in AMPLITUDE_MANAGEMENT_KEY.
            FILE may be - for standard input. Write ./NAME for a settings file that is named like a command.
            """;

    private final InputStream in;
    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;

    /** Runs commands on these streams, and never closes them. */
    public CommandLine(InputStream in, OutputStream out, PrintStream err, Map<String, String> environment) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.environment = environment;
    }

    /**
     * Whether the arguments are a command, valid or not. Otherwise they start a node: no argument, or a single one that names
     * a settings file, which exists or whose name contains a dot or a separator.
     */
    public static boolean accepts(String... arguments) {
        return arguments.length > 1 || (arguments.length == 1 && !namesSettings(arguments[0]));
    }

    private static boolean namesSettings(String argument) {
        return !COMMANDS.contains(argument)
                && !argument.startsWith("-")
                && (argument.contains(".")
                        || argument.contains(File.separator)
                        || Files.isRegularFile(Path.of(argument)));
    }

    /** Runs a command and returns the exit status: 0 for success, 1 if it found problems, 2 if it failed. */
    public int run(String... arguments) {
        try {
            return run(List.of(arguments));
        } catch (UsageException | InvalidOptionsException e) {
            err.print("variate: " + e.getMessage() + "\n" + HELP);
        } catch (IOException e) {
            err.println("variate: " + e.getMessage());
        }
        return FAILED;
    }

    private int run(List<String> arguments) throws IOException {
        if (arguments.isEmpty()) {
            throw new UsageException("command missing");
        }
        String command = arguments.get(0);
        List<String> rest = arguments.subList(1, arguments.size());
        if (command.equals("--help") || (COMMANDS.contains(command) && rest.contains("--help"))) {
            return print(HELP);
        }
        return switch (command) {
            case "--version" -> print("variate " + Release.version() + "\n");
            case "validate" -> new ValidateCommand(in, out).run(rest);
            case "config" -> new ConfigCommand(out, err, environment).run(rest);
            case MIGRATE_PROXY -> new MigrateProxyCommand(out, err, environment).run(rest);
            case REHEARSE -> throw new UsageException("rehearse has no arguments");
            case "evaluate" -> new EvaluateCommand(in, out, err).run(rest);
            case ResourceCommands.EXPORT, ResourceCommands.PLAN, ResourceCommands.APPLY, ResourceCommands.IMPORT ->
                new ResourceCommands(out, environment).run(command, rest);
            default ->
                throw new UsageException(
                        accepts(command)
                                ? "unknown command '" + command + "'"
                                : "a settings file must be the only argument");
        };
    }

    private int print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
        return SUCCESS;
    }
}
