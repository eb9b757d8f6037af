package io.variate.management;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.SingleNode;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.management.access.Caller;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.translation.CompilerSettings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.NoRulesetCache;
import io.variate.rulesets.PostgresRulesetSource;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.RulesetSynchronizer;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.store.AuditQuery;
import io.variate.store.Database;
import io.variate.store.ResourceStore;
import io.variate.store.RulesetStore;
import io.variate.store.StoredAuditEntry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The management service of one node, which serves the ruleset of a database. */
final class ManagementNode implements AutoCloseable {
    static final Set<ResourceKind> ALL = EnumSet.allOf(ResourceKind.class);
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    final Vertx vertx = Vertx.vertx();
    final CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
    final RulesetStore rulesets;
    final ResourceStore resources;
    final RulesetSynchronizer synchronizer;
    final Management management;
    final RulesetEditor documents;
    private final PostgresRulesetSource source;

    ManagementNode(String uri, Path dataDir) throws TimeoutException {
        Database database = new Database(
                vertx, new Settings.Postgres(new Secret(uri), 4, TIMEOUT, TIMEOUT, null), new SimpleMeterRegistry());
        rulesets = new RulesetStore(database);
        resources = new ResourceStore(database, rulesets);
        source = new PostgresRulesetSource(rulesets);
        synchronizer = new RulesetSynchronizer(
                vertx,
                current,
                new NoRulesetCache(),
                new SingleNode(),
                source,
                dataDir,
                Duration.ofHours(1),
                new SimpleMeterRegistry());
        await(rulesets.migrate());
        await(synchronizer.start());
        UploadedCohorts uploaded = new UploadedCohorts(new SimpleMeterRegistry());
        management = new Management(
                vertx, current, synchronizer, resources, CompilerSettings.DEFAULT, uploaded, "key-of-settings");
        documents = new RulesetEditor(
                vertx,
                current,
                new ReconcilingWriter(resources, current, CompilerSettings.DEFAULT),
                synchronizer,
                null,
                uploaded);
    }

    /** Creates an empty database. */
    static String newDatabase(EmbeddedPostgresql postgres) throws SQLException {
        String name = "management_" + DATABASES.incrementAndGet();
        execute(postgres, "postgres", "create database " + name);
        return "postgresql://postgres@127.0.0.1:" + postgres.port() + "/" + name;
    }

    /** Executes statements in a database of {@link #newDatabase}, as one transaction. */
    static void execute(EmbeddedPostgresql postgres, String uri, String sql) throws SQLException {
        try (Connection connection = connect(postgres, uri);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The number that a query in a database of {@link #newDatabase} selects. */
    static long selectNumber(EmbeddedPostgresql postgres, String uri, String sql) throws SQLException {
        try (Connection connection = connect(postgres, uri);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static Connection connect(EmbeddedPostgresql postgres, String uri) throws SQLException {
        String name = uri.substring(uri.lastIndexOf('/') + 1);
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + name + "?user=postgres");
    }

    /** Writes, also if that removes the last flag or deployment. */
    Outcome write(Write... writes) throws TimeoutException {
        WriteContext context = new WriteContext(Caller.admin(), "test", null, "r1", null, false, true);
        return await(management.write(context, List.of(writes)));
    }

    /** Creates one resource. */
    Stored create(Resource resource) throws TimeoutException {
        return write(new Write.Create(resource)).resources().get(0);
    }

    Outcome edit(long id, UnaryOperator<Resource> change) throws TimeoutException {
        return write(new Write.Edit(ALL, id, null, change));
    }

    /** Edits a managed flag. */
    Outcome editFlag(long id, UnaryOperator<ManagedFlag.Builder> change) throws TimeoutException {
        return edit(
                id, resource -> change.apply(((ManagedFlag) resource).edit()).build());
    }

    Stored get(long id) throws TimeoutException {
        return await(management.get(Caller.admin(), ALL, id));
    }

    List<Version> versions(long id) throws TimeoutException {
        return await(management.versions(Caller.admin(), ALL, id));
    }

    /** All audit entries, newest first. */
    List<StoredAuditEntry> audit() throws TimeoutException {
        List<StoredAuditEntry> all = new ArrayList<>();
        @Nullable Long cursor = 0L;
        while (cursor != null) {
            Page<StoredAuditEntry> page = await(management.audit(Caller.admin(), AuditQuery.ALL, cursor, 100));
            all.addAll(page.elements());
            cursor = page.nextCursor();
        }
        return all;
    }

    /** The definition of a flag in the ruleset that this node serves, or null. */
    @Nullable
    String flagRow(String project, String key) {
        return row(new RowKey(RowKind.FLAG, project, key));
    }

    @Nullable
    String row(RowKey key) {
        return Objects.requireNonNull(current.get()).rows().rows().all().stream()
                .filter(row -> row.key().equals(key))
                .map(Row::definition)
                .findFirst()
                .orElse(null);
    }

    static ManagedFlag flag(String key) {
        return ManagedFlag.create(ResourceKind.FLAG, "", key, "user_id", "");
    }

    static ManagedFlag experiment(String key) {
        return ManagedFlag.create(ResourceKind.EXPERIMENT, "", key, "user_id", "");
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws TimeoutException {
        await(source.close());
        await(vertx.close());
    }
}
