package io.variate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system of its own, for what happens on disks that are small or cannot be written. */
public final class MountedDisk implements AutoCloseable {
    private final Path directory;

    private MountedDisk(Path directory) {
        this.directory = directory;
    }

    /**
     * Mounts a file system in memory over a directory. Where this user may not do that the test is skipped, unless the
     * environment says {@code CI=true}: there it fails.
     *
     * @param options those of {@code mount -t tmpfs}, for instance {@code size=1m}
     */
    public static MountedDisk over(Path directory, String options) {
        boolean mounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
        if ("true".equals(System.getenv("CI"))) {
            assertThat(mounted).as("CI may mount a file system").isTrue();
        }
        assumeTrue(mounted, "this user may not mount a file system");
        return new MountedDisk(directory);
    }

    /** Where it is mounted. */
    public Path directory() {
        return directory;
    }

    /** Runs a program to its end; whether it is there and succeeds. */
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

    /** Unmounts it, although files may be open. */
    @Override
    public void close() {
        run("umount", "--lazy", directory.toString());
    }
}
