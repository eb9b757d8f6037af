package io.variate.commandline;

import io.variate.config.EffectiveSetting;
import io.variate.config.InvalidSettingsException;
import io.variate.proxy.NodeSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code config [SETTINGS]}: prints the settings with which a node would start, as a settings file with the origin of each in
 * a comment. Secrets print as {@code ***}.
 */
final class ConfigCommand {
    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;

    ConfigCommand(OutputStream out, PrintStream err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.environment = environment;
    }

    int run(List<String> arguments) throws IOException {
        if (arguments.size() > 1) {
            throw new UsageException("config has at most one argument");
        }
        NodeSettings loaded;
        try {
            loaded = NodeSettings.load(arguments.isEmpty() ? null : Path.of(arguments.get(0)), environment);
        } catch (InvalidSettingsException e) {
            err.println(e.getMessage());
            return CommandLine.PROBLEMS;
        }
        loaded.notices().forEach(notice -> err.println("notice: " + notice));
        out.write(yaml(loaded.effective()).getBytes(StandardCharsets.UTF_8));
        out.flush();
        return CommandLine.SUCCESS;
    }

    private static String yaml(List<EffectiveSetting> settings) {
        StringBuilder text = new StringBuilder();
        List<String> open = List.of();
        for (EffectiveSetting setting : settings) {
            List<String> parts = List.of(setting.path().split("\\.", -1));
            List<String> sections = parts.subList(0, parts.size() - 1);
            int common = 0;
            while (common < Math.min(open.size(), sections.size())
                    && open.get(common).equals(sections.get(common))) {
                common++;
            }
            for (int depth = common; depth < sections.size(); depth++) {
                text.append("  ".repeat(depth)).append(sections.get(depth)).append(":\n");
            }
            open = sections;
            text.append("  ".repeat(sections.size()))
                    .append(parts.get(parts.size() - 1))
                    .append(':')
                    .append(scalar(setting.value()))
                    .append("  # ")
                    .append(setting.origin())
                    .append('\n');
        }
        return text.toString();
    }

    /** In quotes unless it is plain, since YAML gives a meaning to many characters. */
    private static String scalar(@Nullable String value) {
        if (value == null) {
            return "";
        }
        return value.matches("[A-Za-z0-9/][A-Za-z0-9._/-]*") ? " " + value : " '" + value.replace("'", "''") + "'";
    }
}
