package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The right to use a data directory: held by one owner on the machine, and lost with the JVM however that ends. */
final class DirectoryLock implements AutoCloseable {

    // The operating system's locks are per process, and opening the file a second time would drop the first lock.
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the directory, creating it when missing.
     *
     * @throws IllegalStateException when somebody else has it
     */
    static DirectoryLock take(Path directory) {
        try {
            Path real = Files.createDirectories(directory).toRealPath();
            if (!HELD_HERE.add(real)) {
                throw inUse(real);
            }
            FileChannel channel =
                    FileChannel.open(real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                HELD_HERE.remove(real);
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
            HELD_HERE.remove(directory);
        }
    }

    private static IllegalStateException inUse(Path directory) {
        return new IllegalStateException("Another process or server uses " + directory);
    }
}
