package io.variate.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    @Test
    void runsWithoutDependenciesAndLeavesNoFiles() throws Exception {
        List<Path> before = leftovers();

        Rehearsal.run();

        assertThat(leftovers()).isEqualTo(before);
    }

    private static List<Path> leftovers() throws IOException {
        try (Stream<Path> found = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return found.filter(path -> path.getFileName().toString().startsWith("variate-rehearsal-"))
                    .sorted()
                    .toList();
        }
    }
}
