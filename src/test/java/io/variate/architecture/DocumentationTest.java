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

/** Documents match the code, and their links lead to existing files and headings. */
class DocumentationTest {
    /** A link to a file of the project, a heading, or both. */
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]*)(?:#([^)]+))?\\)");

    @Test
    void everyMetricIsDocumented() throws Exception {
        String operations = Files.readString(Documents.DOCS.resolve("operations.md"));
        for (Field name : MetricNames.class.getFields()) {
            assertThat(operations).contains("`" + ((String) name.get(null)).replace('.', '_'));
        }
    }

    @Test
    void everyCauseOfALossIsExplained() throws IOException {
        String operations = Files.readString(Documents.DOCS.resolve("operations.md"));
        for (Ledger.Loss cause : Ledger.Loss.values()) {
            assertThat(operations).contains("\n| `" + cause.label() + "` | ");
        }
    }

    @Test
    void everyLinkHasAnExistingTarget() throws IOException {
        for (Path document : Documents.all()) {
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

    /** The anchors that GitHub generates from headings. */
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
