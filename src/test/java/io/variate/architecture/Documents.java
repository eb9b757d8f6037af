package io.variate.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The Markdown files of the project. */
final class Documents {
    static final Path DOCS = Path.of("src/docs");

    private static final List<Path> ROOTS = List.of(Path.of("README.md"), DOCS, Path.of(".github"));

    private Documents() {}

    /** Every document, in an order that does not change. */
    static List<Path> all() throws IOException {
        return filesBelow(ROOTS).filter(file -> file.toString().endsWith(".md")).toList();
    }

    /** The given files, and all files below the given directories, sorted by path. */
    static Stream<Path> filesBelow(List<Path> roots) throws IOException {
        Stream.Builder<Path> files = Stream.builder();
        for (Path root : roots) {
            try (Stream<Path> below = Files.walk(root)) {
                below.filter(Files::isRegularFile).forEach(files);
            }
        }
        return files.build().sorted();
    }
}
