package io.variate.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The workflow and the dependency updates of {@code .github} match the project. */
class GithubFilesTest {
    private static final Path WORKFLOW = Path.of(".github/workflows/pull-request.yml");
    private static final Path UPDATES = Path.of(".github/dependabot.yml");

    /** A file of the project in a command. */
    private static final Pattern FILE = Pattern.compile("(?<![\\w/.-])(?:\\.ci|cluster|conf)/[\\w./-]+");

    @Test
    void aPullRequestIsLintedAndRunsUnitAndProcessTests() {
        Map<String, ?> jobs = Yaml.map(Yaml.read(WORKFLOW).get("jobs"));

        assertThat(jobs.keySet()).containsExactly("lint", "unit", "process");
        assertThat(commands(jobs.get("lint"))).contains("mvn -B -q spotless:check", "mvn -B -q test-compile");
        assertThat(commands(jobs.get("unit"))).contains("mvn -B test");
        assertThat(commands(jobs.get("process"))).contains("mvn -B failsafe:integration-test failsafe:verify");
    }

    @Test
    void theFilesThatTheWorkflowNamesExist() throws IOException {
        List<String> named = FILE.matcher(Files.readString(WORKFLOW))
                .results()
                .map(MatchResult::group)
                .toList();

        assertThat(named).contains(".ci/run").allSatisfy(file -> assertThat(Path.of(file))
                .exists());
    }

    @Test
    void updatesRespectThePinsOfThePom() throws IOException {
        List<String> ignored = new ArrayList<>();
        for (Map<String, ?> update : Yaml.maps(Yaml.read(UPDATES).get("updates"))) {
            if ("maven".equals(update.get("package-ecosystem"))) {
                for (Map<String, ?> each : Yaml.maps(update.get("ignore"))) {
                    ignored.add(each.get("dependency-name") + " " + each.get("versions"));
                }
            }
        }

        String vertx = versionOf("vertx");
        int patch = vertx.lastIndexOf('.') + 1;
        assertThat(ignored)
                .contains(
                        "io.vertx:* [>= " + vertx.substring(0, patch) + (Integer.parseInt(vertx.substring(patch)) + 1)
                                + "]",
                        "io.netty:* null",
                        "com.google.errorprone:* [> " + versionOf("errorprone") + "]");
    }

    private static List<String> commands(@Nullable Object job) {
        return Yaml.maps(Yaml.map(job).get("steps")).stream()
                .map(step -> String.valueOf(step.get("run")))
                .toList();
    }

    private static String versionOf(String library) throws IOException {
        Matcher version =
                Pattern.compile("<" + library + "\\.version>(.*)</").matcher(Files.readString(Path.of("pom.xml")));
        assertThat(version.find()).as(library).isTrue();
        return version.group(1);
    }
}
