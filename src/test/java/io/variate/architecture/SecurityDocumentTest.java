package io.variate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** Every statement about an actor in {@code security.md} names an existing test. */
class SecurityDocumentTest {
    private static final Path DOCUMENT = Path.of("src/docs/security.md");
    private static final List<Path> SOURCES = List.of(Path.of("src/test/java"), Path.of("src/it/java"));
    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

    private static final List<String> ACTORS = List.of(
            "A stranger on the public port",
            "A stranger on the admin port",
            "A page in a browser",
            "A client key",
            "A server key",
            "The keys of the project",
            "A stranger on the cluster network",
            "A member of the cluster",
            "An operator",
            "A user of the node's machine");

    @Test
    void everyActorHasStatements() throws IOException {
        List<Statement> statements = statements();
        for (String actor : ACTORS) {
            assertThat(statements)
                    .as(actor)
                    .anyMatch(statement -> statement.heading().equals(actor));
        }
    }

    @Test
    void everyStatementNamesItsTests() throws IOException {
        assertThat(statements())
                .allSatisfy(statement ->
                        assertThat(statement.tests()).as(statement.text()).isNotEmpty());
    }

    @Test
    void everyNamedTestExists() throws IOException {
        List<String> unknown = new ArrayList<>();
        int named = 0;
        for (MatchResult test :
                (Iterable<MatchResult>) TEST.matcher(Files.readString(DOCUMENT)).results()::iterator) {
            named++;
            if (!isTest(classesNamed(test.group(1)), test.group(2))) {
                unknown.add(test.group());
            }
        }

        assertThat(unknown).isEmpty();
        assertThat(named).isGreaterThan(50);
    }

    /** Whether there is exactly one class, and it has a test of that name. */
    private static boolean isTest(List<Class<?>> classes, String method) {
        return classes.size() == 1
                && Stream.of(classes.get(0).getDeclaredMethods())
                        .anyMatch(each ->
                                each.getName().equals(method) && AnnotationSupport.isAnnotated(each, Testable.class));
    }

    /** The rows of all tables whose last column has the heading {@code test}. */
    private static List<Statement> statements() throws IOException {
        List<Statement> statements = new ArrayList<>();
        String heading = "";
        boolean listed = false;
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (line.startsWith("#")) {
                heading = line.replaceFirst("^#+ ", "");
            }
            if (!line.startsWith("|")) {
                listed = false;
            } else if (line.endsWith("| test |")) {
                listed = true;
            } else if (listed && !line.startsWith("|---")) {
                String last = line.substring(line.lastIndexOf('|', line.length() - 2));
                statements.add(new Statement(
                        heading,
                        line,
                        TEST.matcher(last).results().map(MatchResult::group).toList()));
            }
        }
        return statements;
    }

    private static List<Class<?>> classesNamed(String name) throws IOException {
        List<Class<?>> found = new ArrayList<>();
        for (Path source : SOURCES) {
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file :
                        files.filter(each -> each.endsWith(name + ".java")).toList()) {
                    found.add(load(source.relativize(file)));
                }
            }
        }
        return found;
    }

    private static Class<?> load(Path file) {
        String name = file.toString().replace(file.getFileSystem().getSeparator(), ".");
        try {
            return Class.forName(
                    name.substring(0, name.length() - ".java".length()),
                    false,
                    SecurityDocumentTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Statement(String heading, String text, List<String> tests) {}
}
