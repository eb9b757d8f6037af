package io.variate.commandline;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The commands of the jar: {@code validate}, {@code evaluate}, {@code --help} and {@code --version}.
 *
 * <p>Runs on the calling thread. Standard output has what was asked for, in UTF-8; standard error has everything else.
 */
public final class CommandLine {
    /** Done, and there is nothing to complain of. */
    static final int FINE = 0;

    /** The ruleset has problems. */
    static final int PROBLEMS = 1;

    /** Nothing could be done: wrong arguments, a file that cannot be read, an output that is gone. */
    static final int FAILED = 2;

    /** The command that is none of ours: it starts a node after all, see {@code bootstrap}. */
    public static final String REHEARSE = "rehearse";

    private static final Set<String> COMMANDS = Set.of("validate", "evaluate", REHEARSE);

    private static final String HELP = """
            usage: java -jar variate.jar [SETTINGS]
                     starts a node; without SETTINGS reads conf/variate.yaml if there is one
                   java -jar variate.jar validate FILE
                     lists what is wrong with a ruleset document or a list of flags
                   java -jar variate.jar evaluate [--ruleset FILE] [--explain]
                     answers each line of JSON on standard input with one on standard output
                   java -jar variate.jar rehearse
                     starts a node that needs nothing, asks it, and stops it, for -XX:ArchiveClassesAtExit
                   java -jar variate.jar --help | --version
            A FILE to validate may be -, for standard input. A settings file named like a command is written ./NAME.
            """;

    private final InputStream in;
    private final OutputStream out;
    private final PrintStream err;

    /** Runs commands on these streams, none of which it closes. */
    public CommandLine(InputStream in, OutputStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /**
     * Whether the arguments are a command, be it a wrong one, rather than what starts a node: nothing, or a single
     * argument that names a file, for it exists or has a dot or a separator in it.
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

    /** Runs a command and returns the exit status: 0 fine, 1 problems found, 2 not done. */
    public int run(String... arguments) {
        try {
            return run(List.of(arguments));
        } catch (UsageException e) {
            err.print("variate: " + e.getMessage() + "\n" + HELP);
        } catch (IOException e) {
            err.println("variate: " + e.getMessage());
        }
        return FAILED;
    }

    private int run(List<String> arguments) throws IOException {
        if (arguments.isEmpty()) {
            throw new UsageException("a command is missing");
        }
        String command = arguments.get(0);
        List<String> rest = arguments.subList(1, arguments.size());
        if (command.equals("--help") || (COMMANDS.contains(command) && rest.contains("--help"))) {
            return print(HELP);
        }
        return switch (command) {
            case "--version" -> print("variate " + version() + "\n");
            case "validate" -> new ValidateCommand(in, out).run(rest);
            case REHEARSE -> throw new UsageException("a rehearsal takes no arguments");
            case "evaluate" -> new EvaluateCommand(in, out, err).run(rest);
            default ->
                throw new UsageException(
                        accepts(command)
                                ? "there is no command '" + command + "'"
                                : "a settings file must be the only argument");
        };
    }

    private int print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
        return FINE;
    }

    /** What the manifest of the jar says. */
    private static String version() {
        String version = CommandLine.class.getPackage().getImplementationVersion();
        return version == null ? "(not run from the jar)" : version;
    }
}
