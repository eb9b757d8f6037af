package io.variate.commandline;

import io.variate.config.InvalidSettingsException;
import io.variate.proxy.ProxyMigration;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code migrate-proxy [--environment] [--with-secrets] [FILE…]}: prints the settings that a configuration of
 * evaluation-proxy means. Standard error has a line for each key without effect.
 */
final class MigrateProxyCommand {
    private static final int MAX_FILES = 2;

    private final OutputStream out;
    private final PrintStream err;
    private final Map<String, String> environment;

    MigrateProxyCommand(OutputStream out, PrintStream err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.environment = environment;
    }

    int run(List<String> arguments) throws IOException {
        boolean withSecrets = false;
        boolean withEnvironment = false;
        List<Path> files = new ArrayList<>();
        for (String argument : arguments) {
            switch (argument) {
                case "--with-secrets" -> withSecrets = true;
                case "--environment" -> withEnvironment = true;
                default -> files.add(file(argument));
            }
        }
        if (files.size() > MAX_FILES) {
            throw new UsageException("migrate-proxy requires at most two files");
        }
        ProxyMigration migration;
        try {
            migration = files.isEmpty()
                    ? ProxyMigration.ofEnvironment(environment, withSecrets)
                    : ProxyMigration.ofFiles(files, withEnvironment ? environment : null, withSecrets);
        } catch (InvalidSettingsException e) {
            err.println(e.getMessage());
            return CommandLine.PROBLEMS;
        }
        migration.notices().forEach(notice -> err.println("notice: " + notice));
        out.write(migration.yaml().getBytes(StandardCharsets.UTF_8));
        out.flush();
        return CommandLine.SUCCESS;
    }

    private static Path file(String argument) throws IOException {
        if (argument.startsWith("-")) {
            throw new UsageException("unknown option '" + argument + "' of migrate-proxy");
        }
        Path file = Path.of(argument);
        if (!Files.isReadable(file)) {
            throw new IOException(file + ": cannot be read");
        }
        return file;
    }
}
