package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A PostgreSQL server that has survived the JVM that started it, found by {@code postmaster.pid} in its data directory.
 *
 * <p>A process counts only if its name is {@code postgres} and it was started with this directory, because process ids are
 * reused, and other servers must not be stopped.
 */
final class LeftoverPostmaster {

    private static final long PATIENCE_SECONDS = 30;

    /** {@code unshare} executes one of the others. */
    private static final Set<String> TOOLS = Set.of("initdb", "pg_ctl", "unshare");

    private LeftoverPostmaster() {}

    /**
     * Stops the server of the directory, if one runs, and waits for its end. Deletes a file that names another process,
     * because PostgreSQL would mistake that process for its server and fail to start.
     *
     * @throws IllegalStateException if the server does not stop
     */
    static void stop(Path directory) {
        Optional<ProcessHandle> named = processNamedIn(directory);
        if (named.isEmpty()) {
            return;
        }
        ProcessHandle process = named.get();
        ProcessHandle.Info info = process.info();
        if (isPostmasterOf(directory, info)) {
            interrupt(process, directory);
        } else if (info.command().isPresent()) {
            delete(directory);
        }
    }

    /**
     * Kills the server of the directory and all its processes, like a loss of power, and waits for their end.
     *
     * @throws IllegalStateException if no server runs, or it does not end
     */
    static void kill(Path directory) {
        ProcessHandle postmaster = processNamedIn(directory)
                .filter(process -> isPostmasterOf(directory, process.info()))
                .orElseThrow(() -> new IllegalStateException("No PostgreSQL runs on " + directory));
        List<ProcessHandle> processes = new ArrayList<>(postmaster.descendants().toList());
        processes.add(postmaster);
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(process -> awaitEnd(process, directory));
    }

    /**
     * Waits for tools of a killed JVM that still run on the directory: they may be creating the database, or about to start
     * the server that {@link #stop} must find.
     *
     * @throws IllegalStateException if one does not end
     */
    static void awaitTools(Path directory) {
        ProcessHandle.allProcesses()
                .filter(process -> isToolOn(directory, process.info()))
                .forEach(tool -> awaitEnd(tool, directory));
    }

    private static boolean isToolOn(Path directory, ProcessHandle.Info info) {
        boolean tool = info.command()
                .filter(command -> TOOLS.contains(command.substring(command.lastIndexOf('/') + 1)))
                .isPresent();
        return tool && Arrays.asList(info.arguments().orElse(new String[0])).contains(directory.toString());
    }

    /** Whether a server runs on the directory. */
    static boolean exists(Path directory) {
        return processNamedIn(directory)
                .filter(process -> isPostmasterOf(directory, process.info()))
                .isPresent();
    }

    private static Optional<ProcessHandle> processNamedIn(Path directory) {
        try {
            List<String> lines = Files.readAllLines(pidFile(directory));
            return lines.isEmpty()
                    ? Optional.empty()
                    : ProcessHandle.of(Long.parseLong(lines.get(0).strip())).filter(ProcessHandle::isAlive);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + pidFile(directory), e);
        }
    }

    private static boolean isPostmasterOf(Path directory, ProcessHandle.Info info) {
        boolean postgres =
                info.command().filter(command -> command.endsWith("/postgres")).isPresent();
        List<String> arguments = Arrays.asList(info.arguments().orElse(new String[0]));
        return postgres && arguments.contains(directory.toString());
    }

    /** SIGINT requests a fast shutdown; SIGTERM would wait until all clients have disconnected. */
    private static void interrupt(ProcessHandle process, Path directory) {
        Signals.send(process.pid(), "INT");
        awaitEnd(process, directory);
    }

    private static void awaitEnd(ProcessHandle process, Path directory) {
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IllegalStateException("Process " + process.pid() + " on " + directory + " does not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for process " + process.pid(), e);
        }
    }

    private static void delete(Path directory) {
        try {
            Files.deleteIfExists(pidFile(directory));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + pidFile(directory), e);
        }
    }

    private static Path pidFile(Path directory) {
        return directory.resolve("postmaster.pid");
    }
}
