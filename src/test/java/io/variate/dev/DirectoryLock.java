package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An exclusive lock on a data directory. It is released when the JVM ends, even if it crashes. */
final class DirectoryLock implements AutoCloseable {

    // File locks are per process, and closing a second channel of the file would release the lock of the first.
    private static final Set<Path> HELD_BY_THIS_JVM = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Locks the directory, and creates it if it does not exist.
     *
     * @throws IllegalStateException if the directory is locked
     */
    static DirectoryLock take(Path directory) {
        try {
            Path real = Files.createDirectories(directory).toRealPath();
            if (!HELD_BY_THIS_JVM.add(real)) {
                throw inUse(real);
            }
            FileChannel channel =
                    FileChannel.open(real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                HELD_BY_THIS_JVM.remove(real);
                throw inUse(real);
            }
            return new DirectoryLock(real, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot lock " + directory, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot unlock " + directory, e);
        } finally {
            HELD_BY_THIS_JVM.remove(directory);
        }
    }

    private static IllegalStateException inUse(Path directory) {
        return new IllegalStateException("Another process or server uses " + directory);
    }
}
