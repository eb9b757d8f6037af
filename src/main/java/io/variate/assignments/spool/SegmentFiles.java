package io.variate.assignments.spool;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The segment files of a directory: a 20-digit ordinal and a suffix.
 *
 * @param directory the directory of the spool
 */
record SegmentFiles(Path directory) {
    private static final String SEGMENT = ".spool";
    private static final String UNREADABLE = ".spool.unreadable";

    Path path(long ordinal) {
        return directory.resolve("%020d".formatted(ordinal) + SEGMENT);
    }

    /** Ordinals of the segments, oldest first. Files with other names are ignored. */
    SortedSet<Long> segments() throws IOException {
        return ordinals(SEGMENT);
    }

    /** Ordinals of the renamed unreadable segments. */
    SortedSet<Long> unreadable() throws IOException {
        return ordinals(UNREADABLE);
    }

    private SortedSet<Long> ordinals(String suffix) throws IOException {
        SortedSet<Long> ordinals = new TreeSet<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("00\\d{18}" + suffix.replace(".", "\\.")))
                    .forEach(name -> ordinals.add(Long.parseLong(name.substring(0, name.length() - suffix.length()))));
        }
        return ordinals;
    }

    /** Renames an unreadable segment, so that an operator can inspect it. */
    void setAside(long ordinal) throws IOException {
        Files.move(path(ordinal), directory.resolve("%020d".formatted(ordinal) + UNREADABLE));
    }

    /** Forces the directory entries to disk. */
    void force() throws IOException {
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
