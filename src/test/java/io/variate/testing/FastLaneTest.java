package io.variate.testing;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import io.variate.dev.EmbeddedKafka;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.KafkaProcess;
import io.variate.dev.ServerProcess;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code mvn -Pfast test} excludes the tag {@code slow}. */
class FastLaneTest {

    @Test
    void testsThatStartADatabaseABrokerOrAProcessAreTaggedSlow() throws Exception {
        Path tests = Path.of(FastLaneTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        classes()
                .that()
                .haveSimpleNameEndingWith("Test")
                .and()
                .doNotBelongToAnyOf(FastLaneTest.class)
                .and(describe("start a database, a broker or a process", FastLaneTest::startsAServer))
                .should()
                .beAnnotatedWith(describe(
                        "@Tag(\"slow\")",
                        annotation -> annotation.getRawType().isEquivalentTo(Tag.class)
                                && annotation
                                        .get("value")
                                        .filter("slow"::equals)
                                        .isPresent()))
                .check(new ClassFileImporter().importLocations(Set.of(Location.of(tests))));
    }

    private static boolean startsAServer(JavaClass test) {
        return test.getDirectDependenciesFromSelf().stream().anyMatch(dependency -> belongToAnyOf(
                        EmbeddedKafka.class,
                        EmbeddedPostgresql.class,
                        KafkaProcess.class,
                        ServerProcess.class,
                        PgBouncer.class)
                .test(dependency.getTargetClass()));
    }
}
