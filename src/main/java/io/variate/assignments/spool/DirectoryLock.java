package io.variate.assignments.spool;

import io.variate.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An exclusive lock of a directory on this machine. The operating system releases it when the process dies. */
final class DirectoryLock {
    // File locks are per process: closing a second channel of the file would release the first lock.
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /** Locks an existing directory; null if another owner holds the lock. */
    static @Nullable DirectoryLock take(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD_HERE.add(real)) {
            return null;
        }
        FileChannel channel = null;
        boolean taken = false;
        try {
            channel = PrivateFiles.open(real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            taken = channel.tryLock() != null;
            return taken ? new DirectoryLock(real, channel) : null;
        } finally {
            if (!taken) {
                HELD_HERE.remove(real);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    void release() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unlock " + directory, e);
        } finally {
            HELD_HERE.remove(directory);
        }
    }
}
