package io.variate.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameContaining;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vertx.core.Deployable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Which room may know which: a new arrow is a decision, made here. */
class RoomsTest {
    private static final String BASE = "io.variate.";

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.variate");

    private static final Map<String, List<String>> MAY_IMPORT = new TreeMap<>(Map.ofEntries(
            Map.entry("config", List.of()),
            Map.entry("engine", List.of()),
            Map.entry("bus", List.of()),
            Map.entry("files", List.of()),
            Map.entry("observability", List.of("config")),
            Map.entry("client", List.of("bus")),
            Map.entry("web", List.of("observability")),
            Map.entry("cluster", List.of("bus", "config", "observability")),
            Map.entry("store", List.of("engine", "config", "observability")),
            Map.entry("cohorts", List.of("files", "store", "cluster", "bus", "engine", "config", "observability")),
            Map.entry(
                    "rulesets",
                    List.of("cohorts", "files", "store", "cluster", "bus", "engine", "config", "observability")),
            Map.entry("commandline", List.of("rulesets", "engine")),
            Map.entry("assignments", List.of("files", "bus", "engine", "config", "observability")),
            Map.entry("evaluator", List.of("bus", "rulesets", "engine", "assignments", "config", "observability")),
            Map.entry("page", List.of("http", "web", "rulesets", "cohorts", "engine", "config", "observability")),
            Map.entry(
                    "http",
                    List.of("web", "bus", "client", "rulesets", "cohorts", "engine", "config", "observability")),
            Map.entry(
                    "ofrep",
                    List.of(
                            "http",
                            "web",
                            "bus",
                            "client",
                            "rulesets",
                            "cohorts",
                            "engine",
                            "config",
                            "observability")),
            Map.entry(
                    "admin",
                    List.of(
                            "web",
                            "bus",
                            "store",
                            "rulesets",
                            "cohorts",
                            "engine",
                            "cluster",
                            "assignments",
                            "config",
                            "observability"))));

    /** Methods of {@link Files} that leave the mode to the umask. */
    private static final Set<String> CREATES = Set.of(
            "createDirectories",
            "createDirectory",
            "createFile",
            "createTempFile",
            "copy",
            "newBufferedWriter",
            "newByteChannel",
            "newOutputStream",
            "write",
            "writeString");

    static final List<String> ROOMS = List.copyOf(MAY_IMPORT.keySet());

    @ParameterizedTest(name = "{0}")
    @FieldSource("ROOMS")
    void aRoomImportsOnlyWhatTheTableAllows(String room) {
        String[] others = Stream.concat(ROOMS.stream(), Stream.of("bootstrap"))
                .filter(other -> !other.equals(room))
                .filter(other -> !MAY_IMPORT.getOrDefault(room, List.of()).contains(other))
                .map(other -> BASE + other + "..")
                .toArray(String[]::new);
        noClasses()
                .that(resideInAPackage(BASE + room + ".."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(others))
                .because("the table in this test lists the arrows; if a new one is right, add it there with its reason")
                .check(CODE);
    }

    @Test
    void everyRoomStandsInTheTable() {
        assertThat(CODE.stream()
                        .map(JavaClass::getPackageName)
                        .map(name -> name.substring(BASE.length()).replaceFirst("\\..*", ""))
                        .collect(Collectors.toSet()))
                .as("rooms in the code")
                .allMatch(room -> room.equals("bootstrap") || MAY_IMPORT.containsKey(room));
    }

    @Test
    void theEngineIsPureJava() {
        classes()
                .that(resideInAPackage(BASE + "engine.."))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(BASE + "engine..", "java..", "org.jspecify.."))
                .because("evaluation must be testable and reusable without anything running")
                .check(CODE);
    }

    @Test
    void filesArePureJava() {
        classes()
                .that(resideInAPackage(BASE + "files.."))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(BASE + "files..", "java..", "org.jspecify.."))
                .because("the spool, which is pure Java, creates its files with them")
                .check(CODE);
    }

    @Test
    void onlyPrivateFilesCreatesFilesOfANode() {
        noClasses()
                .that(resideInAnyPackage(BASE + "assignments..", BASE + "cohorts..", BASE + "rulesets.."))
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "creates a file or directory",
                        call -> call.getTargetOwner().isEquivalentTo(Files.class)
                                && CREATES.contains(call.getTarget().getName())))
                .because("a file that PrivateFiles creates is readable for nobody else from the beginning")
                .check(CODE);
    }

    @Test
    void theSpoolIsPureJava() {
        classes()
                .that(resideInAPackage(BASE + "assignments.spool.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(BASE + "assignments.spool..", BASE + "files..", "java..", "org.jspecify.."))
                .because("what keeps the events of a node rests on nothing but the platform")
                .check(CODE);
    }

    @Test
    void onlyBootstrapNamesVerticles() {
        noClasses()
                .that(not(resideInAPackage(BASE + "bootstrap..")))
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are verticles of ours in another package",
                        type -> type.getPackageName().startsWith(BASE) && type.isAssignableTo(Deployable.class)))
                .because("rooms meet in messages, not in each other's verticles")
                .check(CODE.that(DescribedPredicate.describe(
                        "are no verticles", type -> !type.isAssignableTo(Deployable.class))));
    }

    @Test
    void onlyTheStoreTouchesTheDatabase() {
        noClasses()
                .that(not(resideInAPackage(BASE + "store..")))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.vertx.pgclient..", "io.vertx.sqlclient..", "org.flywaydb.."))
                .because("SQL lives in one room")
                .check(CODE);
    }

    @Test
    void onlyAssignmentsTouchKafka() {
        noClasses()
                .that(not(resideInAPackage(BASE + "assignments..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx.kafka..", "org.apache.kafka.."))
                .because("events leave through one room")
                .check(CODE);
    }

    @Test
    void nobodyUsesTheInsidesOfVertx() {
        noClasses()
                // Wire shares memory between sockets, and cuts connections with bytes unsent; the others read requests
                // strictly and show HEAD as GET: the outside has no way to.
                .that(not(simpleName("Wire")
                        .or(simpleName("StrictRequestDecoder"))
                        .or(simpleName("StrictStart"))
                        // It normalizes paths as the router does, and must not differ from it.
                        .or(simpleName("RequestPath"))
                        .or(resideInAPackage("io.variate.web").and(nameContaining("HeadRequests")))))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx..impl..", "io.vertx..internal.."))
                .because("they change without notice")
                .check(CODE);
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            Map<Boolean, Set<String>> packages = files.filter(
                            file -> file.toString().endsWith(".java"))
                    .collect(Collectors.partitioningBy(
                            file -> file.endsWith("package-info.java"),
                            // The same package in another source root needs to say it once only.
                            Collectors.mapping(
                                    file -> file.toString()
                                            .replaceFirst("^src/[a-z]+/java/", "")
                                            .replaceFirst("/[^/]*$", ""),
                                    Collectors.toSet())));
            assertThat(packages.get(true))
                    .as("packages with a package-info.java")
                    .containsAll(packages.get(false));
        }
    }
}
