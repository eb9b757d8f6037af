package io.variate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.assignments.Ledger;
import io.variate.observability.MetricNames;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

<<<<<<< HEAD
/** Checks the documents against the code. */
class DocumentationTest {
    private static final Path DOCS = Path.of("src/docs");

    /** A link to a file of the repository, a heading, or both. */
=======
/** Documents match the code, and their links lead to existing files and headings. */
class DocumentationTest {
    /** A link to a file of the project, a heading, or both. */
>>>>>>> ec5c9d2 (Check the wording of documents, compile their Java blocks and compare .github with the POM)
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]*)(?:#([^)]+))?\\)");

    @Test
    void everyMetricIsDocumented() throws Exception {
        String operations = Files.readString(Documents.DOCS.resolve("operations.md"));
        for (Field name : MetricNames.class.getFields()) {
            assertThat(operations).contains("`" + ((String) name.get(null)).replace('.', '_'));
        }
    }

    @Test
<<<<<<< HEAD
    void everyCauseOfALossIsDocumented() throws IOException {
        String operations = Files.readString(DOCS.resolve("operations.md"));
=======
    void everyCauseOfALossIsExplained() throws IOException {
        String operations = Files.readString(Documents.DOCS.resolve("operations.md"));
>>>>>>> ec5c9d2 (Check the wording of documents, compile their Java blocks and compare .github with the POM)
        for (Ledger.Loss cause : Ledger.Loss.values()) {
            assertThat(operations).contains("\n| `" + cause.label() + "` | ");
        }
    }

    @Test
<<<<<<< HEAD
    void everyLinkHasATarget() throws IOException {
        for (Path document : documents()) {
=======
    void everyLinkHasAnExistingTarget() throws IOException {
        for (Path document : Documents.all()) {
>>>>>>> ec5c9d2 (Check the wording of documents, compile their Java blocks and compare .github with the POM)
            Matcher links = LINK.matcher(Files.readString(document));
            while (links.find()) {
                Path target = links.group(1).isEmpty() ? document : document.resolveSibling(links.group(1));
                assertThat(target).as("%s in %s", links.group(), document).exists();
                if (links.group(2) != null) {
                    assertThat(anchors(target))
                            .as("%s in %s", links.group(), document)
                            .contains(links.group(2));
                }
            }
        }
    }

<<<<<<< HEAD
    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(DOCS)) {
            return Stream.concat(Stream.of(Path.of("README.md")), files.filter(file -> file.toString()
                            .endsWith(".md")))
                    .toList();
        }
    }

    /** The anchors that GitHub derives from headings. */
=======
    /** The anchors that GitHub generates from headings. */
>>>>>>> ec5c9d2 (Check the wording of documents, compile their Java blocks and compare .github with the POM)
    private static List<String> anchors(Path document) throws IOException {
        return Files.readAllLines(document).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .toList();
    }
}
