package io.variate.commandline;

import io.variate.engine.CompiledFlags;
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
 * {@code evaluate [--ruleset FILE] [--explain]}: a line in, a line out, in the same order, until standard input ends.
 *
 * <p>What has been answered is written at the latest when there is nothing more to read for now, so that a program can
 * hold a conversation through pipes. Memory depends on the ruleset and the longest line, never on how many lines come.
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
        LineEvaluator evaluator =
                new LineEvaluator(options.ruleset() == null ? null : flags(options.ruleset()), options.explain());
        LineReader lines = new LineReader(in, out::flush, longestLine());
        while (lines.advance()) {
            if (!lines.isBlank()) {
                out.write(evaluator.answer(lines));
                out.write('\n');
            }
        }
        out.flush();
        return CommandLine.FINE;
    }

    /** The ruleset as a node serves it: a flag that cannot work is left out alone, and reported. */
    private CompiledFlags flags(String file) throws IOException {
        try {
            CheckedRuleset ruleset = RulesetFile.read(file);
            ruleset.problems().forEach(problem -> err.println(RulesetFile.line(problem)));
            return ruleset.flags();
        } catch (InvalidRulesetException e) {
            e.problems().forEach(problem -> err.println(RulesetFile.line(problem)));
            throw new IOException(file + " is no ruleset", e);
        }
    }

    /** In bytes: reading a line, its tree and its answer take several times its length, and must fit the heap. */
    private static int longestLine() {
        return (int) Math.min(Runtime.getRuntime().maxMemory() / 16, 1 << 28);
    }

    /**
     * The options of the command.
     *
     * @param ruleset a file, or null if the lines carry their own flags
     * @param explain whether answers say why
     */
    private record Options(@Nullable String ruleset, boolean explain) {

        static Options read(List<String> arguments) {
            String ruleset = null;
            boolean explain = false;
            Iterator<String> rest = arguments.iterator();
            while (rest.hasNext()) {
                String argument = rest.next();
                if (argument.equals("--explain")) {
                    explain = true;
                } else if (argument.equals("--ruleset") && ruleset == null && rest.hasNext()) {
                    ruleset = rest.next();
                } else {
                    throw new UsageException(complaint(argument));
                }
            }
            return new Options(ruleset, explain);
        }

        private static String complaint(String argument) {
            if (argument.equals("--ruleset")) {
                return "--ruleset needs one file";
            }
            return argument.startsWith("-")
                    ? "evaluate has no option '" + argument + "'"
                    : "evaluate reads lines from standard input, not from '" + argument + "'";
        }
    }
}
