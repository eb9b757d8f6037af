package io.variate.commandline;

import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code evaluate [--ruleset FILE] [--project KEY] [--explain]}: one output line for each input line, in the same order, until standard input
 * ends.
 *
 * <p>Flushes the output before it waits for input, so that a program can use it interactively through pipes. Memory depends
 * on the ruleset and the longest line, not on the number of lines.
 */
final class EvaluateCommand {
    private static final int OUTPUT_BUFFER = 1 << 16;

    private final InputStream in;
    private final OutputStream out;
    private final PrintStream err;

    EvaluateCommand(InputStream in, OutputStream out, PrintStream err) {
        this.in = in;
        this.out = new BufferedOutputStream(out, OUTPUT_BUFFER);
        this.err = err;
    }

    int run(List<String> arguments) throws IOException {
        Options options = Options.read(arguments);
        LineEvaluator evaluator = new LineEvaluator(
                options.ruleset() == null ? null : projects(options.ruleset(), options.project()), options.explain());
        LineReader lines = new LineReader(in, out::flush, maxLineLength());
        while (lines.advance()) {
            if (!lines.isBlank()) {
                out.write(evaluator.answer(lines));
                out.write('\n');
            }
        }
        out.flush();
        return CommandLine.SUCCESS;
    }

    /** The ruleset as a node serves it: only invalid flags are omitted, each with a problem on standard error. */
    private RulesetProjects projects(String file, @Nullable String project) throws IOException {
        try {
            CheckedRuleset ruleset = RulesetFile.read(file);
            RulesetProjects projects = new RulesetProjects(ruleset, project);
            ruleset.problems().stream()
                    .filter(problem -> projects.selects(problem.path()))
                    .forEach(problem -> err.println(RulesetFile.line(problem)));
            return projects;
        } catch (InvalidRulesetException e) {
            e.problems().forEach(problem -> err.println(RulesetFile.line(problem)));
            throw new IOException(file + " is not a ruleset", e);
        }
    }

    /** In bytes. A line, its tree and its result together need several times its length of heap. */
    private static int maxLineLength() {
        return (int) Math.min(Runtime.getRuntime().maxMemory() / 16, 1 << 28);
    }

    /**
     * The options of the command.
     *
     * @param ruleset a file, or null if the lines contain their own flags
     * @param project the project of lines that name none, or null
     * @param explain whether results include explanations
     */
    private record Options(
            @Nullable String ruleset, @Nullable String project, boolean explain) {

        static Options read(List<String> arguments) {
            String ruleset = null;
            String project = null;
            boolean explain = false;
            Iterator<String> rest = arguments.iterator();
            while (rest.hasNext()) {
                String argument = rest.next();
                if (argument.equals("--explain")) {
                    explain = true;
                } else if (argument.equals("--ruleset") && ruleset == null && rest.hasNext()) {
                    ruleset = rest.next();
                } else if (argument.equals("--project") && project == null && rest.hasNext()) {
                    project = rest.next();
                } else {
                    throw new UsageException(usage(argument));
                }
            }
            if (project != null && ruleset == null) {
                throw new UsageException("--project requires --ruleset");
            }
            return new Options(ruleset, project, explain);
        }

        private static String usage(String argument) {
            if (argument.equals("--ruleset")) {
                return "--ruleset requires one file";
            }
            if (argument.equals("--project")) {
                return "--project requires one key";
            }
            return argument.startsWith("-")
                    ? "unknown option '" + argument + "' of evaluate"
                    : "evaluate reads lines from standard input, not from '" + argument + "'";
        }
    }
}
