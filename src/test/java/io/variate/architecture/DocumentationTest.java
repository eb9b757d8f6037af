package io.variate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.observability.MetricNames;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documents say, against what is there. */
class DocumentationTest {
    private static final Path DOCS = Path.of("src/docs");

    @Test
    void everyMetricIsDocumented() throws Exception {
        String operations = Files.readString(DOCS.resolve("operations.md"));
        for (Field name : MetricNames.class.getFields()) {
            assertThat(operations).contains("`" + ((String) name.get(null)).replace('.', '_'));
        }
    }

    @Test
    void everyLinkInTheReadmeLeadsSomewhere() throws IOException {
        Matcher links = Pattern.compile("]\\(([^)#:]+)\\)").matcher(Files.readString(Path.of("README.md")));
        while (links.find()) {
            assertThat(Path.of(links.group(1))).exists();
        }
    }
}
