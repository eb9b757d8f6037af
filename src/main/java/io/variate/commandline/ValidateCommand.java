package io.variate.commandline;

import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code validate FILE}: prints every problem of a ruleset, one per line, errors first. */
final class ValidateCommand {
    private final InputStream in;
    private final OutputStream out;

    ValidateCommand(InputStream in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    int run(List<String> arguments) throws IOException {
        List<Problem> problems = problems(file(arguments));
        StringBuilder report = new StringBuilder();
        problems.forEach(problem -> report.append(RulesetFile.line(problem)).append('\n'));
        out.write(report.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
        return problems.isEmpty() ? CommandLine.SUCCESS : CommandLine.PROBLEMS;
    }

    private static String file(List<String> arguments) {
        for (String argument : arguments) {
            if (argument.startsWith("-") && !argument.equals("-")) {
                throw new UsageException("unknown option '" + argument + "' of validate");
            }
        }
        if (arguments.size() != 1) {
            throw new UsageException("validate requires one file");
        }
        return arguments.get(0);
    }

    private List<Problem> problems(String file) throws IOException {
        try {
            CheckedRuleset checked = file.equals("-") ? RulesetFile.read(in) : RulesetFile.read(file);
            return checked.problems();
        } catch (InvalidRulesetException e) {
            return e.problems();
        }
    }
}
