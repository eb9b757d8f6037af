package io.variate.files;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Creates files with mode 0600 and directories with mode 0700, whatever the umask of the process. The mode applies from
 * creation. All code that writes to {@code node.data-dir} uses this class.
 *
 * <p>Existing files keep their mode; {@link DataDirectory} restricts it at the start of the node. On a file system without
 * POSIX permissions, no mode is set.
 */
public final class PrivateFiles {
    static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private static final FileAttribute<?>[] NONE = {};

    private PrivateFiles() {}

    /** Creates a directory and its missing parents; does nothing if it exists. */
    public static void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory, mode(directory, DIRECTORY));
    }

    /** Opens a file like {@link FileChannel#open(Path, OpenOption...)}; a file that it creates is private. */
    public static FileChannel open(Path file, OpenOption... options) throws IOException {
        return FileChannel.open(file, Set.of(options), mode(file, FILE));
    }

    /** Creates an empty file; fails if the file exists. */
    public static void create(Path file) throws IOException {
        open(file, CREATE_NEW, WRITE).close();
    }

    /** Creates a file, replacing an existing one. */
    public static OutputStream replace(Path file) throws IOException {
        // A file of an earlier run may have any mode.
        Files.deleteIfExists(file);
        return Channels.newOutputStream(open(file, CREATE_NEW, WRITE));
    }

    static boolean hasPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static FileAttribute<?>[] mode(Path path, Set<PosixFilePermission> permissions) {
        return hasPosix(path) ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)} : NONE;
    }
}
