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
 * The directory of a node, which an earlier version may have left readable for every user of the machine. Blocks.
 *
 * <p>Only entries that nodes create are touched, for an operator may have pointed {@code node.data-dir} at a directory with
 * other contents.
 */
public final class DataDirectory {
    /** What a node keeps in it. */
    private static final Set<String> OURS =
            Set.of("assignments", "cohorts", "ruleset.snapshot", "ruleset.snapshot.new");

    private static final Set<PosixFilePermission> OF_OTHERS = Set.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);

    private final Path root;
    private final List<String> problems = new ArrayList<>();

    private DataDirectory(Path root) {
        this.root = root;
    }

    /**
     * Takes all rights from group and others in what nodes have left there, and of the directory itself if it has nothing
     * else. What the node creates later is private anyway.
     *
     * @return what stays readable for other users and why; empty if all is private, if there is no such directory, or if
     *     its file system has no POSIX permissions. Never fails: a node starts with the permissions that it gets
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
        boolean onlyOurs = true;
        for (Path entry : entries()) {
            if (isOurs(entry)) {
                tightenTree(entry);
            } else {
                onlyOurs = false;
            }
        }
        Path real = root.toRealPath();
        Set<PosixFilePermission> present = Files.getPosixFilePermissions(real);
        if (PrivateFiles.DIRECTORY.containsAll(present)) {
            return;
        }
        if (onlyOurs) {
            tighten(real, PrivateFiles.DIRECTORY);
        } else if (OF_OTHERS.stream().anyMatch(present::contains)) {
            problems.add(
                    root + ": other users can list it; its mode is kept because it has entries that are not of a node");
        }
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.toList();
        }
    }

    private static boolean isOurs(Path entry) {
        return OURS.contains(entry.getFileName().toString());
    }

    private void tightenTree(Path tree) throws IOException {
        // An operator may have moved it to another disk.
        Files.walkFileTree(tree.toRealPath(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                tighten(directory, PrivateFiles.DIRECTORY);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    tighten(file, PrivateFiles.FILE);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                note(file, failure);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
                if (failure != null) {
                    note(directory, failure);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Takes rights away and gives none, so that a file made read-only on purpose stays so. */
    private void tighten(Path path, Set<PosixFilePermission> most) {
        try {
            Set<PosixFilePermission> present = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
            if (present.retainAll(most)) {
                Files.setPosixFilePermissions(path, present);
            }
        } catch (IOException | UnsupportedOperationException e) {
            note(path, e);
        }
    }

    /** Files come and go while another node uses the directory. */
    private void note(Path path, Exception failure) {
        if (!(failure instanceof NoSuchFileException)) {
            problems.add(path + ": " + failure);
        }
    }
}
