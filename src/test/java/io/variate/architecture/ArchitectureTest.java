package io.variate.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameContaining;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vertx.core.Deployable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Checks the dependencies between packages against the table in {@code src/docs/architecture.md}. */
class ArchitectureTest {
    private static final String BASE = "io.variate.";

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.variate");

    /** {@code | `package` | purpose | `dependency` `dependency` |} */
    private static final Pattern ROW = Pattern.compile("\\| `([a-z.]+)` \\|[^|]*\\|([^|]*)\\|");

    private static final Pattern NAME = Pattern.compile("`([a-z.]+)`");

    private static final Pattern IMPORT =
            Pattern.compile("^import (?:static )?io\\.variate\\.([a-z.]+)\\.[A-Z]", Pattern.MULTILINE);

    private static final Map<String, Set<String>> PERMITTED = permitted();
    private static final Map<String, Set<String>> USED = used();

    static final List<String> PACKAGES = List.copyOf(PERMITTED.keySet());

    private static Map<String, Set<String>> permitted() {
        Map<String, Set<String>> permitted = new TreeMap<>();
        try (Stream<String> lines = Files.lines(Path.of("src/docs/architecture.md"))) {
            lines.map(ROW::matcher)
                    .filter(Matcher::matches)
                    .forEach(row -> permitted.put(
                            row.group(1),
                            NAME.matcher(row.group(2))
                                    .results()
                                    .map(name -> name.group(1))
                                    .collect(Collectors.toCollection(TreeSet::new))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return permitted;
    }

    private static Map<String, Set<String>> used() {
        Map<String, Set<String>> used = new TreeMap<>();
        for (JavaClass each : CODE) {
            String user = name(each);
            Set<String> dependencies = used.computeIfAbsent(user, key -> new TreeSet<>());
            each.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(target -> target.getPackageName().startsWith(BASE))
                    .map(ArchitectureTest::name)
                    .filter(name -> !name.equals(user))
                    .forEach(dependencies::add);
        }
        addImports(used);
        return used;
    }

    /** The compiler inlines constants, so the bytecode has no reference to their class. */
    private static void addImports(Map<String, Set<String>> used) {
        Path root = Path.of("src/main/java/io/variate");
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                String user = root.relativize(file.getParent()).toString().replace('/', '.');
                for (Matcher found = IMPORT.matcher(Files.readString(file)); found.find(); ) {
                    if (!found.group(1).equals(user)) {
                        used.computeIfAbsent(user, key -> new TreeSet<>()).add(found.group(1));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(JavaClass type) {
        return type.getPackageName().substring(BASE.length());
    }

    @Test
    void theTableListsEveryPackage() {
        assertThat(PERMITTED.keySet()).isEqualTo(USED.keySet());
    }

    /** An unused permission fails too, because it invites a dependency. */
    @ParameterizedTest
    @FieldSource("PACKAGES")
    void aPackageUsesExactlyWhatTheTablePermits(String name) {
        Set<String> permitted = PERMITTED.getOrDefault(name, Set.of());

        if (permitted.contains("all")) {
            return;
        }
        assertThat(USED.get(name))
                .as("dependencies of %s; the table in src/docs/architecture.md lists others", name)
                .isEqualTo(permitted);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(BASE + "(**)").should().beFreeOfCycles().check(CODE);
    }

    /** Methods of {@link Files} that create files with the mode of the umask. */
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

    @Test
    void theEngineIsPureJava() {
        classes()
                .that(resideInAPackage(BASE + "engine.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(BASE + "engine..", BASE + "json..", "java..", "org.jspecify.."))
                .because("evaluation must be testable and reusable without a server")
                .check(CODE);
    }

    @Test
    void filesArePureJava() {
        classes()
                .that(resideInAPackage(BASE + "files.."))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(BASE + "files..", "java..", "org.jspecify.."))
                .because("the spool, which is pure Java, uses this package")
                .check(CODE);
    }

    @Test
    void onlyPrivateFilesCreatesFiles() {
        noClasses()
                .that(resideInAnyPackage(BASE + "assignments..", BASE + "cohorts..", BASE + "rulesets.."))
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "creates a file or directory",
                        call -> call.getTargetOwner().isEquivalentTo(Files.class)
                                && CREATES.contains(call.getTarget().getName())))
                .because("only PrivateFiles creates files that no other user can ever read")
                .check(CODE);
    }

    @Test
    void theSpoolIsPureJava() {
        classes()
                .that(resideInAPackage(BASE + "assignments.spool.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(BASE + "assignments.spool..", BASE + "files..", "java..", "org.jspecify.."))
                .because("the storage of events must not depend on libraries")
                .check(CODE);
    }

    @Test
    void onlyBootstrapDependsOnVerticlesOfOtherPackages() {
        noClasses()
                .that(not(resideInAPackage(BASE + "bootstrap..")))
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are verticles of Variate",
                        type -> type.getPackageName().startsWith(BASE) && type.isAssignableTo(Deployable.class)))
                .because("packages communicate by messages, not through verticles")
                .check(CODE.that(DescribedPredicate.describe(
                        "are neither verticles nor nested in one",
                        type -> !type.isAssignableTo(Deployable.class)
                                && type.getEnclosingClass()
                                        .filter(outer -> outer.isAssignableTo(Deployable.class))
                                        .isEmpty())));
    }

    @Test
    void onlyTheStoreUsesTheDatabase() {
        noClasses()
                .that(not(resideInAPackage(BASE + "store..")))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.vertx.pgclient..", "io.vertx.sqlclient..", "org.flywaydb.."))
                .because("SQL belongs in one package")
                .check(CODE);
    }

    @Test
    void onlyAssignmentsUseKafka() {
        noClasses()
                .that(not(resideInAPackage(BASE + "assignments..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx.kafka..", "org.apache.kafka.."))
                .because("one package delivers events")
                .check(CODE);
    }

    @Test
    void onlyListedClassesUseInternalClassesOfVertx() {
        noClasses()
                // Wire shares memory between sockets and aborts connections with unsent bytes; the others decode
                // requests
                // strictly and route HEAD as GET. The public API of Vert.x offers none of this.
                .that(not(simpleName("Wire")
                        .or(simpleName("StrictRequestDecoder"))
                        .or(simpleName("StrictStart"))
                        // Normalizes paths exactly as the router does.
                        .or(simpleName("RequestPath"))
                        // Create buffers of memory that answers share.
                        .or(simpleName("FlagArray"))
                        .or(simpleName("ExactFlags"))
                        .or(resideInAPackage("io.variate.web..").and(nameContaining("HeadRequests")))))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.vertx..impl..", "io.vertx..internal.."))
                .because("they change without notice")
                .check(CODE);
    }

    @Test
    void everyPackageIsDocumented() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            Map<Boolean, Set<String>> packages = files.filter(
                            file -> file.toString().endsWith(".java"))
                    .collect(Collectors.partitioningBy(
                            file -> file.endsWith("package-info.java"),
                            // A package in several source roots is documented once.
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
