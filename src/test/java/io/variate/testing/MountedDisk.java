package io.variate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A separate file system, for tests with a small or read-only disk. */
public final class MountedDisk implements AutoCloseable {
    private final Path directory;

    private MountedDisk(Path directory) {
        this.directory = directory;
    }

    /**
     * Mounts a tmpfs on a directory. If the user lacks the permission, skips the test, or fails it if the environment has
     * {@code CI=true}.
     *
     * @param options options of {@code mount -t tmpfs}, such as {@code size=1m}
     */
    public static MountedDisk over(Path directory, String options) {
        boolean mounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
        if ("true".equals(System.getenv("CI"))) {
            assertThat(mounted).as("CI may mount a file system").isTrue();
        }
        assumeTrue(mounted, "this user may not mount a file system");
        return new MountedDisk(directory);
    }

    /** The mount point. */
    public Path directory() {
        return directory;
    }

    /** Runs a program to its end; returns whether it exists and succeeds. */
    public static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Unmounts the file system, even if files are open. */
    @Override
    public void close() {
        run("umount", "--lazy", directory.toString());
    }
}
