package io.variate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every {@code java} block of the documents compiles against the class path. A block that declares no type is the body of a
 * method with the parameters of {@link #PARAMETERS}; imports may be omitted for the packages of {@link #IMPORTS}.
 */
class JavaBlocksTest {
    private static final Pattern BLOCK = Pattern.compile("^```java\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    private static final Pattern TYPE =
            Pattern.compile("^(public |final |abstract |sealed )*(class|record|interface|enum) ", Pattern.MULTILINE);

    private static final String IMPORTS =
            "import io.variate.bus.*; import io.variate.client.*; import io.vertx.core.*; "
                    + "import java.time.*; import java.util.*; ";

    private static final String PARAMETERS = "Vertx vertx, String deploymentKey, String userId";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path classes;

    @Test
    void everyBlockOfTheDocumentsCompiles() throws IOException {
        List<String> errors = new ArrayList<>();
        int blocks = 0;
        for (Path document : Documents.all()) {
            for (Block block : blocks(document, Files.readString(document))) {
                blocks++;
                errors.addAll(compile(block));
            }
        }

        assertThat(errors).isEmpty();
        assertThat(blocks).isPositive();
    }

    @Test
    void reportsAWrongBlockWithItsDocumentAndLine() throws IOException {
        List<Block> blocks = blocks(Path.of("wrong.md"), """
                # Wrong

                ```java
                EvaluationClient client = EvaluationClient.ofCluster(vertx, Duration.ofMillis(400));
                client.guess(userId);
                ```

                ```java
                record Fine(String name) {}
                ```
                """);

        assertThat(blocks).hasSize(2);
        assertThat(compile(blocks.get(0)))
                .singleElement()
                .asString()
                .startsWith("wrong.md:5: ")
                .contains("guess");
        assertThat(compile(blocks.get(1))).isEmpty();
    }

    private static List<Block> blocks(Path document, String text) {
        List<Block> blocks = new ArrayList<>();
        for (Matcher found = BLOCK.matcher(text); found.find(); ) {
            blocks.add(new Block(
                    document, 1 + text.substring(0, found.start(1)).lines().count(), found.group(1)));
        }
        return blocks;
    }

    /** The errors of a block, each with document and line. */
    private List<String> compile(Block block) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, Locale.ROOT, null)) {
            List<String> options = List.of(
                    "-proc:none", "-d", classes.toString(), "-classpath", System.getProperty("java.class.path"));
            compiler.getTask(null, files, problems, options, null, List.of(new Source(block.compilationUnit())))
                    .call();
        }
        return problems.getDiagnostics().stream()
                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                // The code begins in the second line of the unit.
                .map(each -> block.document() + ":" + (block.line() + each.getLineNumber() - 2) + ": "
                        + each.getMessage(Locale.ROOT))
                .toList();
    }

    /**
     * A block of a document.
     *
     * @param line of its first line of code, from 1
     */
    private record Block(Path document, long line, String code) {

        /** The block from the second line on, after everything that it needs in the first. */
        String compilationUnit() {
            if (TYPE.matcher(code).find()) {
                return "\n" + code;
            }
            return IMPORTS + "class Snippet { void run(" + PARAMETERS + ") throws Exception {\n" + code + "}}";
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String code;

        Source(String code) {
            super(URI.create("string:///Snippet.java"), Kind.SOURCE);
            this.code = code;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return code;
        }
    }
}
