package io.variate.management;

import static io.variate.management.ManagementNode.flag;
import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.ManagedFlag;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ManagementTest {
    private static final EmbeddedPostgresql POSTGRES = EmbeddedPostgresql.start(null, 0);
    private static final AtomicInteger NAMES = new AtomicInteger();

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private ManagementNode node;

    @AfterAll
    static void stopPostgres() {
        POSTGRES.close();
    }

    @BeforeEach
    void open() throws Exception {
        node = new ManagementNode(POSTGRES.createRole("management_" + NAMES.incrementAndGet(), "secret"), directory);
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void createsAFlagThatIsServed() throws Exception {
        Outcome outcome = node.write(new Write.Create(flag("checkout")));

        Stored stored = outcome.resources().get(0);
        assertThat(stored.version()).isEqualTo(1);
        assertThat(stored.createdBy()).isEqualTo("admin.token");
        assertThat(((ManagedFlag) stored.resource()).bucketing().salt()).hasSize(8);
        assertThat(outcome.revision()).isEqualTo(node.current.revision());
        assertThat(node.flagRow("", "checkout")).contains("\"flagVersion\":1");
        assertThat(node.get(stored.resource().id())).isEqualTo(stored);
    }

    @Test
    void aChangeThatEvaluationCannotSeeTakesNoRevision() throws Exception {
        long id = node.create(flag("checkout")).resource().id();
        long revision = node.current.revision();

        Outcome renamed = node.editFlag(id, flag -> flag.name("Checkout"));

        assertThat(renamed.revision()).isNull();
        assertThat(renamed.resources().get(0).version()).isEqualTo(2);
        assertThat(node.current.revision()).isEqualTo(revision);
        assertThat(node.flagRow("", "checkout")).contains("\"flagVersion\":1");
    }

    @Test
    void aChangeOfAPayloadRaisesTheFlagVersion() throws Exception {
        long id = node.create(flag("checkout")).resource().id();

        node.editFlag(id, flag -> flag.variants(List.of(new FlagVariant("on", "", "", "payload"))));

        assertThat(node.flagRow("", "checkout")).contains("\"flagVersion\":2");
    }
}
