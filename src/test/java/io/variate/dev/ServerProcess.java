package io.variate.dev;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A separate process, usually a JVM, which a test can observe, signal and kill.
 *
 * <p>Keeps standard output and standard error as one sequence of lines, in memory and in a file in the working directory. A
 * daemon thread reads the output, so that the program never blocks on a full pipe. Thread-safe.
 */
public final class ServerProcess implements AutoCloseable {

    /** Options that Hazelcast requires; the manifest of the production jar has the same. */
    private static final List<String> HAZELCAST_OPENS = List.of(
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.management/sun.management=ALL-UNNAMED",
            "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED");

    private final Process process;
    private final Path outputFile;
    private final Thread reader;
    private final List<String> lines = new ArrayList<>();
    private boolean ended;

    private ServerProcess(Process process, Path outputFile) {
        this.process = process;
        this.outputFile = outputFile;
        this.reader = new Thread(this::read, "output of process " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a JVM with the same Java installation as this one; returns at once.
     *
     * @param mainClassOrJar a class on this JVM's class path, or the path of a runnable {@code .jar}
     * @param environment added to the environment of this JVM
     * @param workingDirectory working directory of the program, which also gets the file of its output; created if missing
     * @throws UncheckedIOException if the JVM cannot be started
     */
    public static ServerProcess start(
            List<String> jvmArguments,
            String mainClassOrJar,
            List<String> arguments,
            Map<String, String> environment,
            Path workingDirectory) {
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            if (mainClassOrJar.endsWith(".jar")) {
                command.addAll(jvmArguments);
                command.add("-jar");
                command.add(Path.of(mainClassOrJar).toAbsolutePath().toString());
            } else {
                command.addAll(HAZELCAST_OPENS);
                command.add("@" + classPathFile(Files.createDirectories(workingDirectory)));
                command.addAll(jvmArguments);
                command.add(mainClassOrJar);
            }
            command.addAll(arguments);
            return start(command, environment, workingDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start " + mainClassOrJar, e);
        }
    }

    /**
     * Starts any program; returns at once.
     *
     * @param environment added to the environment of this JVM
     * @param workingDirectory working directory of the program, which also gets the file of its output; created if missing
     * @throws UncheckedIOException if it cannot be started
     */
    public static ServerProcess start(List<String> command, Map<String, String> environment, Path workingDirectory) {
        try {
            Files.createDirectories(workingDirectory);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(workingDirectory.toFile())
                    .redirectErrorStream(true);
            builder.environment().putAll(environment);
            Path outputFile = Files.createTempFile(workingDirectory, "output-", ".log");
            return new ServerProcess(builder.start(), outputFile);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start " + command, e);
        }
    }

    /** An argument file: a class path of two hundred jars may exceed the maximum length of a command line. */
    private static Path classPathFile(Path directory) throws IOException {
        String classPath = System.getProperty("java.class.path").replace("\\", "\\\\");
        Path file = Files.createTempFile(directory, "class-path-", ".txt").toAbsolutePath();
        return Files.writeString(file, "-cp \"" + classPath + "\"\n");
    }

    /** The process id. */
    public long pid() {
        return process.pid();
    }

    /** Runs a garbage collection in the JVM, and waits for its end. */
    public void collectGarbage() {
        try {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(pid()),
                            "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!jcmd.waitFor(60, TimeUnit.SECONDS) || jcmd.exitValue() != 0) {
                throw new IllegalStateException("jcmd failed to run a garbage collection in process " + pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while process " + pid() + " collected garbage", e);
        }
    }

    /** Resident set size of the process, in bytes; Linux only. */
    public long residentBytes() {
        try (Stream<String> status = Files.lines(Path.of("/proc", Long.toString(pid()), "status"))) {
            String line = status.filter(each -> each.startsWith("VmRSS:"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("process " + pid() + " has ended"));
            return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the process still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** All lines of output so far. */
    public synchronized List<String> output() {
        return List.copyOf(lines);
    }

    /** The file with the same lines. */
    public Path outputFile() {
        return outputFile;
    }

    /** Like {@link #awaitLine(Predicate, Duration)}, for a line that contains a match of the regular expression. */
    public String awaitLine(String regex, Duration timeout) {
        return awaitLine(Pattern.compile(regex).asPredicate(), timeout);
    }

    /**
     * Returns the first matching line of the whole output, and waits for it if necessary.
     *
     * @throws IllegalStateException with the end of the output, after the timeout or if the output ends without a match
     */
    public synchronized String awaitLine(Predicate<String> wanted, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        int seen = 0;
        while (true) {
            for (; seen < lines.size(); seen++) {
                if (wanted.test(lines.get(seen))) {
                    return lines.get(seen);
                }
            }
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (ended || left <= 0) {
                throw new IllegalStateException(
                        "No matching line " + (ended ? "before the end" : "within " + timeout) + tail());
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for output", e);
            }
        }
    }

    /** Writes a line to the program's standard input. */
    public void send(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes the program's standard input; the program may have ended. */
    public void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            add("(input lost: " + e + ")");
        }
    }

    /** Sends a signal by its short name: TERM, INT, KILL, STOP, CONT. */
    public void sendSignal(String signal) {
        Signals.send(pid(), signal);
    }

    /**
     * Waits for the end of the process and returns its exit status: 128 plus the signal number if a signal ended it.
     *
     * @throws IllegalStateException if the process still runs after the timeout
     */
    public int exitCode(Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("Still running after " + timeout + tail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the end of process " + pid(), e);
        }
    }

    /** Kills the process if it runs, even if it is suspended, and waits for its end. Does not kill its children. */
    @Override
    public void close() {
        process.destroyForcibly();
        exitCode(Duration.ofSeconds(10));
        try {
            // With a timeout, because a child that survives the process keeps the pipe open.
            reader.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try (BufferedReader in =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                var file = Files.newBufferedWriter(outputFile)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                file.write(line);
                file.newLine();
                file.flush();
                add(line);
            }
        } catch (IOException e) {
            add("(output lost: " + e + ")");
        } finally {
            end();
        }
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    private synchronized String tail() {
        List<String> last = lines.subList(Math.max(0, lines.size() - 40), lines.size());
        return ", output:\n" + String.join("\n", last);
    }
}
