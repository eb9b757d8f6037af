package io.variate.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a folder in a jar; other tests serve those of a directory. */
class StaticFilesTest {
    @Test
    void removesLinesOfCommentsFromScriptsAndKeepsTheNumbersOfLines() {
        assertThat(StaticFiles.withoutComments("// One\n  // two\nconst a = 'http://x'; // three\n"))
                .isEqualTo("\n\nconst a = 'http://x'; // three\n");
    }

    @Test
    void listsTheFilesOfAFolderInAJar(@TempDir Path directory) throws IOException {
        Path jar = directory.resolve("a.jar");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of(
                    "console/", "console/screens/", "console/screens/flag.js", "console/index.html", "page/why.js")) {
                out.putNextEntry(new ZipEntry(name));
                out.closeEntry();
            }
        }

        assertThat(StaticFiles.namesInJar(jar, "console/")).containsExactly("index.html", "screens/flag.js");
    }
}
