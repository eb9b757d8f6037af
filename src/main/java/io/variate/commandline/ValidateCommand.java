package io.variate.commandline;

import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code validate [--strict] [--project KEY] FILE}: prints every problem of a ruleset, one per line, errors first. */
final class ValidateCommand {
    private final InputStream in;
    private final OutputStream out;

    ValidateCommand(InputStream in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    int run(List<String> arguments) throws IOException {
        Options options = Options.read(arguments);
        List<Problem> problems = problems(options.file(), options.project());
        StringBuilder report = new StringBuilder();
        problems.forEach(problem -> report.append(RulesetFile.line(problem)).append('\n'));
        out.write(report.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
        boolean isInvalid =
                options.strict() ? !problems.isEmpty() : problems.stream().anyMatch(Problem::isError);
        return isInvalid ? CommandLine.PROBLEMS : CommandLine.SUCCESS;
    }

    private List<Problem> problems(String file, @Nullable String project) throws IOException {
        CheckedRuleset checked;
        try {
            checked = file.equals("-") ? RulesetFile.read(in) : RulesetFile.read(file);
        } catch (InvalidRulesetException e) {
            return e.problems();
        }
        RulesetProjects projects = new RulesetProjects(checked, project);
        return checked.problems().stream()
                .filter(problem -> projects.selects(problem.path()))
                .toList();
    }

    /**
     * The arguments of the command.
     *
     * @param strict whether warnings fail the command as errors do
     * @param project the project whose problems are printed, or null for all
     */
    private record Options(
            String file, boolean strict, @Nullable String project) {

        static Options read(List<String> arguments) {
            String file = null;
            String project = null;
            boolean strict = false;
            Iterator<String> rest = arguments.iterator();
            while (rest.hasNext()) {
                String argument = rest.next();
                if (argument.equals("--project") && project == null && rest.hasNext()) {
                    project = rest.next();
                } else if (argument.equals("--strict")) {
                    strict = true;
                } else if (argument.startsWith("-") && !argument.equals("-")) {
                    throw new UsageException(
                            argument.equals("--project")
                                    ? "--project requires one key"
                                    : "unknown option '" + argument + "' of validate");
                } else if (file == null) {
                    file = argument;
                } else {
                    throw new UsageException("validate requires one file");
                }
            }
            if (file == null) {
                throw new UsageException("validate requires one file");
            }
            return new Options(file, strict, project);
        }
    }
}
