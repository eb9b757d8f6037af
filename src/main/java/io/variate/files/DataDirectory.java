package io.variate.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The data directory of a node. Earlier versions may have left it readable for every user of the machine. Blocks.
 *
 * <p>Changes only entries that nodes create, because {@code node.data-dir} may be a directory with other contents.
 */
public final class DataDirectory {
    /** The entries that a node creates. */
    private static final Set<String> OWN_ENTRIES =
            Set.of("assignments", "cohorts", "ruleset.snapshot", "ruleset.snapshot.new");

    private static final Set<PosixFilePermission> OTHER_USERS = Set.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);

    private final Path root;
    private final List<String> problems = new ArrayList<>();

    private DataDirectory(Path root) {
        this.root = root;
    }

    /**
     * Removes all permissions of group and others from the entries of earlier runs, and from the directory itself if it has
     * no other entries. Later files of the node are created private.
     *
     * @return what stays readable for other users, and why; empty if everything is private, if the directory does not exist,
     *     or if its file system has no POSIX permissions. Never fails: the node starts with the permissions that it has
     */
    public static List<String> secure(Path directory) {
        DataDirectory data = new DataDirectory(directory);
        try {
            data.secure();
        } catch (IOException | UncheckedIOException e) {
            data.problems.add(directory + ": " + e);
        }
        return List.copyOf(data.problems);
    }

    private void secure() throws IOException {
        if (!Files.isDirectory(root) || !PrivateFiles.hasPosix(root)) {
            return;
        }
        boolean onlyOwn = true;
        for (Path entry : entries()) {
            if (isOwn(entry)) {
                restrictTree(entry);
            } else {
                onlyOwn = false;
            }
        }
        Path real = root.toRealPath();
        Set<PosixFilePermission> present = Files.getPosixFilePermissions(real);
        if (PrivateFiles.DIRECTORY.containsAll(present)) {
            return;
        }
        if (onlyOwn) {
            restrict(real, PrivateFiles.DIRECTORY);
        } else if (OTHER_USERS.stream().anyMatch(present::contains)) {
            problems.add(
                    root + ": other users can list it; its mode is kept because it has entries that no node created");
        }
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.toList();
        }
    }

    private static boolean isOwn(Path entry) {
        return OWN_ENTRIES.contains(entry.getFileName().toString());
    }

    private void restrictTree(Path tree) throws IOException {
        // It may be a symbolic link to another disk.
        Files.walkFileTree(tree.toRealPath(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                restrict(directory, PrivateFiles.DIRECTORY);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    restrict(file, PrivateFiles.FILE);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                report(file, failure);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
                if (failure != null) {
                    report(directory, failure);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Only removes permissions, so that a file that is read-only on purpose stays so. */
    private void restrict(Path path, Set<PosixFilePermission> allowed) {
        try {
            Set<PosixFilePermission> present = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
            if (present.retainAll(allowed)) {
                Files.setPosixFilePermissions(path, present);
            }
        } catch (IOException | UnsupportedOperationException e) {
            report(path, e);
        }
    }

    /** Ignores missing files: another node that uses the directory may delete them meanwhile. */
    private void report(Path path, Exception failure) {
        if (!(failure instanceof NoSuchFileException)) {
            problems.add(path + ": " + failure);
        }
    }
}
