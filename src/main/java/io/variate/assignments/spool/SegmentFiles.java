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
 * The names of segments in a directory: twenty digits, then what they are.
 *
 * @param directory where they are
 */
record SegmentFiles(Path directory) {
    private static final String SEGMENT = ".spool";
    private static final String UNREADABLE = ".spool.unreadable";

    Path path(long ordinal) {
        return directory.resolve("%020d".formatted(ordinal) + SEGMENT);
    }

    /** The ordinals of segments, oldest first. Names of other forms are a stranger's. */
    SortedSet<Long> segments() throws IOException {
        return ordinals(SEGMENT);
    }

    /** The ordinals of those that were set aside. */
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

    /** Keeps a segment for a person to look at. */
    void setAside(long ordinal) throws IOException {
        Files.move(path(ordinal), directory.resolve("%020d".formatted(ordinal) + UNREADABLE));
    }

    /** Brings the names to the disk. */
    void force() throws IOException {
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
