package io.variate.bootstrap;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.admin.AdminVerticle;
import io.variate.admin.CandidateRows;
import io.variate.admin.DeploymentsEndpoint;
import io.variate.admin.DraftEndpoints;
import io.variate.admin.Health;
import io.variate.admin.LedgerEndpoint;
import io.variate.admin.LogLevelsEndpoint;
import io.variate.admin.MetricsVerticle;
import io.variate.admin.PreviewEndpoint;
import io.variate.admin.RulesetRoutes;
import io.variate.admin.StaleReportEndpoint;
import io.variate.admin.TokensEndpoint;
import io.variate.admin.api.CohortsEndpoint;
import io.variate.admin.api.ManagementEndpoints;
import io.variate.admin.console.ChangesEndpoint;
import io.variate.admin.console.ClusterEndpoint;
import io.variate.admin.console.ConsoleFiles;
import io.variate.admin.console.Me;
import io.variate.admin.console.NodeState;
import io.variate.admin.console.SessionEndpoint;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.assignments.ForwarderLedger;
import io.variate.assignments.LedgerReader;
import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.assignments.delivery.DeliveryStatus;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageGuard;
import io.variate.client.EvaluationClient;
import io.variate.client.EventClient;
import io.variate.cluster.Cluster;
import io.variate.cohorts.CohortEditor;
import io.variate.cohorts.CohortSource;
import io.variate.cohorts.CohortStaging;
import io.variate.cohorts.CohortSynchronizer;
import io.variate.cohorts.DatabaseCohortSource;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Release;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.variate.engine.Evaluation;
import io.variate.evaluator.Evaluator;
import io.variate.evaluator.EvaluatorVerticle;
import io.variate.http.HttpVerticle;
import io.variate.http.StatusEndpoints;
import io.variate.http.cohorts.CohortEndpoints;
import io.variate.http.events.EventEndpoints;
import io.variate.http.flags.FlagEndpoints;
import io.variate.http.flags.OpenStreams;
import io.variate.http.flags.StreamEndpoints;
import io.variate.http.vardata.VardataEndpoints;
import io.variate.management.Management;
import io.variate.management.ReconcilingWriter;
import io.variate.management.Summaries;
import io.variate.management.access.Authenticator;
import io.variate.management.access.MemorySessions;
import io.variate.management.access.TokenCache;
import io.variate.management.access.UsageRecorder;
import io.variate.management.translation.CompilerSettings;
import io.variate.observability.LogLevels;
import io.variate.observability.MetricNames;
import io.variate.observability.RefusedMessages;
import io.variate.observability.Telemetry;
import io.variate.ofrep.OfrepEndpoints;
import io.variate.page.PageEndpoints;
import io.variate.page.SimulateEndpoints;
import io.variate.page.UserEndpoint;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.FileRulesetSource;
import io.variate.rulesets.PastRulesets;
import io.variate.rulesets.PostgresRulesetSource;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.RulesetRecovery;
import io.variate.rulesets.RulesetSource;
import io.variate.rulesets.RulesetSynchronizer;
import io.variate.rulesets.RulesetWriter;
import io.variate.store.ChangeLog;
import io.variate.store.ChangeTimes;
import io.variate.store.CohortStore;
import io.variate.store.Database;
import io.variate.store.ResourceStore;
import io.variate.store.RulesetHistory;
import io.variate.store.RulesetStore;
import io.variate.store.SessionStore;
import io.variate.store.SummaryStore;
import io.variate.store.TokenStore;
import io.variate.store.UsageStore;
import io.variate.upstream.UpstreamClient;
import io.variate.upstream.UpstreamCohorts;
import io.variate.upstream.UpstreamRulesetSource;
import io.variate.upstream.UpstreamStatus;
import io.variate.web.Endpoints;
import io.variate.web.OpenApiEndpoints;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The components of a node, constructed but not started. {@link Startup} starts and stops them.
 *
 * <p>Components that exist once are fields; verticles with several instances are created by methods.
 */
final class NodeParts {
    final Settings settings;
    final Telemetry telemetry;
    final Vertx vertx;
    final Cluster cluster;
    final CurrentRuleset current;
    final PastRulesets past;
    final RulesetSynchronizer rulesetSynchronizer;
    final UploadedCohorts cohorts;
    final CohortSynchronizer cohortSynchronizer;
    final AssignmentLog assignments;
    final AssignmentRecorder recorder;
    final LedgerReader ledger;
    final DeliveryStatus delivery;

    /** Null without events for Amplitude. */
    final @Nullable AmplitudeClient amplitude;

    /** Null unless this node forwards events from Kafka to Amplitude. */
    final @Nullable ForwarderLedger forwarderLedger;

    final DeliveryStatus forwarder;
    final UsageRecorder usage;
    final NodeState state;
    final AdminVerticle admin;
    final MetricsVerticle metrics;

    /** Checks of the ruleset that a node may miss before it does not read the upstream any more. */
    private static final int CHECKS_TO_ABANDON = 5;

    /** Null without an upstream, like its status. */
    private final @Nullable UpstreamClient upstream;

    private final @Nullable UpstreamStatus upstreamStatus;

    /** Whether the node accepts requests; readiness reports it. */
    final AtomicBoolean accepting = new AtomicBoolean();

    private final RefusedMessages rejectedMessages;
    private final OpenStreams openStreams;

    NodeParts(Settings settings, Telemetry telemetry, Platform platform) {
        MeterRegistry metrics = telemetry.registry();
        this.settings = settings;
        this.telemetry = telemetry;
        this.vertx = platform.vertx();
        this.cluster = platform.cluster();
        this.rejectedMessages = guardMessages(vertx, metrics);
        boolean hasUpstream = settings.upstream().isSet();
        this.upstream = hasUpstream ? new UpstreamClient(vertx, settings.upstream()) : null;
        this.upstreamStatus =
                hasUpstream ? new UpstreamStatus(metrics, settings.upstream().maxAge(), Clock.systemUTC()) : null;
        this.current = new CurrentRuleset(vertx, settings.node().zone(), Clock.systemUTC(), metrics);
        Database database =
                settings.postgres().uri() == null ? null : new Database(vertx, settings.postgres(), metrics);
        this.past = new PastRulesets(
                vertx, current, database == null || !isSource(settings) ? null : new RulesetHistory(database));
        RulesetStore rulesetStore = database == null ? null : new RulesetStore(database);
        PostgresRulesetSource postgres = rulesetStore == null ? null : new PostgresRulesetSource(rulesetStore);
        CohortStore cohortStore =
                database == null || settings.rulesets().file() != null ? null : new CohortStore(database);
        this.rulesetSynchronizer = new RulesetSynchronizer(
                vertx,
                current,
                platform.cache(),
                cluster,
                source(postgres),
                settings.node().dataDir(),
                settings.rulesets().checkInterval(),
                metrics);
        this.cohorts = new UploadedCohorts(metrics);
        this.cohortSynchronizer = new CohortSynchronizer(
                vertx,
                cohorts,
                cluster,
                cohortSource(cohortStore),
                settings.node().dataDir(),
                settings.rulesets().checkInterval(),
                metrics);
        this.assignments = new AssignmentLog(settings, Clock.systemUTC(), metrics);
        this.recorder = new AssignmentRecorder(settings, assignments);
        this.amplitude =
                settings.amplitude().events() ? new AmplitudeClient(vertx, settings.amplitude(), metrics) : null;
        this.forwarderLedger = settings.forwardsFromKafka() ? new ForwarderLedger(metrics) : null;
        this.forwarder = forwarderLedger == null ? DeliveryStatus.notForwarding() : DeliveryStatus.unknown();
        this.ledger = new LedgerReader(vertx, assignments, forwarderLedger);
        this.delivery = settings.has(Role.ANALYTICS) && settings.kafka().bootstrapServers() == null && amplitude == null
                ? DeliveryStatus.none()
                : DeliveryStatus.unknown();
        this.openStreams = new OpenStreams(maxStreams(), metrics);
        RulesetRecovery recovery =
                rulesetStore == null ? null : new RulesetRecovery(current, rulesetStore, rulesetSynchronizer);
        this.usage = new UsageRecorder(
                vertx, current, database == null ? null : new UsageStore(database), Clock.systemUTC());
        ResourceStore resources =
                database == null || rulesetStore == null ? null : new ResourceStore(database, rulesetStore);
        RulesetWriter writer = resources == null ? null : new ReconcilingWriter(resources, current, compilerSettings());
        Management management = resources == null || !isSource(settings)
                ? null
                : new Management(
                        vertx, current, rulesetSynchronizer, resources, compilerSettings(), cohorts, unnamedApiKey());
        Health health = health();
        this.state = new NodeState(settings, health, ledger, current, cluster, metrics, Instant.now());
        this.admin = admin(health, writer, recovery, cohortStore, database, management);
        this.metrics = new MetricsVerticle(settings.metrics(), settings.limits(), telemetry);
        registerMetrics(metrics);
    }

    private static RefusedMessages guardMessages(Vertx vertx, MeterRegistry metrics) {
        RefusedMessages rejected = new RefusedMessages(
                metrics,
                MessageGuard.addresses(),
                MessageGuard.CODES.stream().map(NodeParts::label).toList());
        MessageGuard.install(vertx.eventBus(), (address, code, detail) -> rejected.count(address, label(code), detail));
        return rejected;
    }

    private static String label(FailureCode code) {
        return code.name().toLowerCase(Locale.ROOT);
    }

    /** Whether the ruleset comes from PostgreSQL, if the node has it. */
    private static boolean isSource(Settings settings) {
        return !settings.upstream().isSet() && settings.rulesets().file() == null;
    }

    private @Nullable RulesetSource source(@Nullable PostgresRulesetSource postgres) {
        if (upstream != null && upstreamStatus != null) {
            return new UpstreamRulesetSource(
                    vertx,
                    settings.upstream(),
                    upstream,
                    upstreamStatus,
                    settings.rulesets().checkInterval().multipliedBy(CHECKS_TO_ABANDON));
        }
        return settings.rulesets().file() == null
                ? postgres
                : new FileRulesetSource(vertx, settings.rulesets().file());
    }

    private @Nullable String unnamedApiKey() {
        Secret key = settings.project().apiKey();
        return key == null ? null : key.value();
    }

    private CompilerSettings compilerSettings() {
        return new CompilerSettings(
                switch (settings.flags().amplitudeId()) {
                    case REFUSE -> CompilerSettings.AmplitudeId.REFUSE;
                    case USER_ID -> CompilerSettings.AmplitudeId.USER_ID;
                    case DEVICE_ID -> CompilerSettings.AmplitudeId.DEVICE_ID;
                    case BOTH -> CompilerSettings.AmplitudeId.BOTH;
                });
    }

    private @Nullable CohortSource cohortSource(@Nullable CohortStore cohortStore) {
        if (upstream == null) {
            return cohortStore == null ? null : new DatabaseCohortSource(cohortStore);
        }
        long maxMembers =
                Math.min(settings.upstream().maxCohortSize(), settings.cohorts().maxMembers());
        return new UpstreamCohorts(
                vertx,
                settings.upstream(),
                upstream,
                new CohortStaging(vertx, settings.node().dataDir(), maxMembers),
                current,
                cluster::isLeader,
                telemetry.registry());
    }

    /** A stream occupies its connection, so an eighth of the connections is reserved for other requests. */
    private int maxStreams() {
        int connections = settings.limits().connections();
        return Math.min(settings.streams().maxOpen(), connections - connections / 8);
    }

    private Health health() {
        return new Health(
                settings,
                current,
                rulesetSynchronizer,
                cohortSynchronizer,
                ledger,
                delivery,
                forwarder,
                cluster,
                upstreamStatus,
                accepting::get);
    }

    private AdminVerticle admin(
            Health health,
            @Nullable RulesetWriter writer,
            @Nullable RulesetRecovery recovery,
            @Nullable CohortStore cohortStore,
            @Nullable Database database,
            @Nullable Management management) {
        TokenStore tokenStore = database == null ? null : new TokenStore(database);
        TokenCache tokenCache =
                tokenStore == null ? null : new TokenCache(tokenStore, Clock.systemUTC(), System::nanoTime);
        RulesetEditor rulesetEditor = writer == null
                ? null
                : new RulesetEditor(vertx, current, writer, rulesetSynchronizer, unnamedApiKey(), cohorts);
        CohortEditor cohortEditor = cohortStore == null
                ? null
                : new CohortEditor(
                        vertx,
                        cohortStore,
                        cohortSynchronizer,
                        settings.node().dataDir(),
                        settings.cohorts().maxMembers(),
                        Clock.systemUTC());
        ManagementEndpoints managementEndpoints = new ManagementEndpoints(
                database == null || management == null
                        ? null
                        : new ManagementEndpoints.Sources(
                                management, new Summaries(vertx, management, new SummaryStore(database)), current),
                settings.node().zone(),
                usage,
                settings.admin().maxDocumentSize(),
                upstream != null);
        Authenticator authenticator = authenticator(database, tokenCache);
        CandidateRows candidates = new CandidateRows(past, management == null ? null : managementEndpoints::candidate);
        return new AdminVerticle(
                settings.admin(),
                settings.limits(),
                health,
                telemetry,
                new RulesetRoutes(current, rulesetEditor, recovery, upstream != null),
                new PreviewEndpoint(
                        current, candidates, cohorts, settings.evaluation().patternSteps()),
                new DraftEndpoints(
                        current,
                        past,
                        candidates,
                        cohorts,
                        settings.evaluation().patternSteps(),
                        settings.http().compressFrom()),
                new DeploymentsEndpoint(current, usage),
                new LedgerEndpoint(settings, ledger, cluster, vertx.eventBus()),
                authenticator,
                adminEndpoints(List.of(
                        OpenApiEndpoints.ofAdminPort(settings.http().compressFrom()),
                        new TokensEndpoint(
                                tokenStore, tokenCache, settings.admin().maxDocumentSize(), Clock.systemUTC()),
                        new StaleReportEndpoint(
                                current,
                                database == null || management == null
                                        ? null
                                        : new StaleReportEndpoint.Sources(
                                                new UsageStore(database), new ChangeTimes(database), management),
                                Clock.systemUTC()),
                        new SessionEndpoint(
                                authenticator,
                                new Me(
                                        settings.node().id(),
                                        Release.version(),
                                        management != null,
                                        settings.admin().token() == null)),
                        new ChangesEndpoint(
                                vertx,
                                database == null ? null : new ChangeLog(database),
                                management,
                                authenticator,
                                settings.limits().adminConnections(),
                                telemetry.registry()),
                        new LogLevelsEndpoint(vertx, LogLevels.ofThisProcess()),
                        new ClusterEndpoint(state, cluster, vertx.eventBus()),
                        new CohortsEndpoint(
                                current,
                                cohorts,
                                cohortEditor,
                                management,
                                settings.admin().maxDocumentSize(),
                                settings.upstream().isSet()),
                        managementEndpoints)));
    }

    private Authenticator authenticator(@Nullable Database database, @Nullable TokenCache tokens) {
        return new Authenticator(
                settings.admin().token(),
                tokens,
                database == null ? new MemorySessions(Clock.systemUTC()) : new SessionStore(database),
                settings.admin().sessionTimeout(),
                Clock.systemUTC(),
                System::nanoTime);
    }

    private List<Endpoints> adminEndpoints(List<Endpoints> ofApi) {
        List<Endpoints> endpoints = new ArrayList<>(ofApi);
        if (settings.admin().console()) {
            endpoints.add(new ConsoleFiles());
        }
        return endpoints;
    }

    private void registerMetrics(MeterRegistry metrics) {
        telemetry.beforeScrape(assignments::observe);
        if (forwarderLedger != null) {
            telemetry.beforeScrape(forwarderLedger::observe);
        }
        metrics.gauge(MetricNames.CLUSTER_MEMBERS, cluster, Cluster::size);
        metrics.gauge(MetricNames.CLUSTER_SAFE, cluster, all -> all.isSafe() ? 1 : 0);
        metrics.gauge(MetricNames.CLUSTER_LEADER, cluster, all -> all.isLeader() ? 1 : 0);
        metrics.gauge(
                MetricNames.RULESET_SOURCE_DOWN,
                rulesetSynchronizer,
                rulesets -> isDown(rulesets.sourceStatus().state()));
        UpstreamStatus freshness = upstreamStatus;
        // Exported without an upstream too, for the alert.
        metrics.gauge(
                MetricNames.UPSTREAM_STALE,
                rulesetSynchronizer,
                any -> freshness != null && freshness.isStale() ? 1 : 0);
        metrics.gauge(
                MetricNames.RULESET_HISTORY_DIVERGED,
                rulesetSynchronizer,
                rulesets -> rulesets.sourceStatus().isDiverged() ? 1 : 0);
        metrics.gauge(
                MetricNames.COHORTS_DOWN,
                cohortSynchronizer,
                uploaded -> isDown(uploaded.status().state()));
    }

    private static int isDown(String state) {
        return state.equals("down") ? 1 : 0;
    }

    /**
     * Creates the evaluator verticles.
     *
     * @param warm completes when the evaluator is warmed up
     */
    Supplier<EvaluatorVerticle> evaluators(Future<Void> warm) {
        Evaluator evaluator = new Evaluator(
                current,
                project -> cohorts.over(project.key(), project.cohorts()),
                recorder,
                Clock.systemUTC(),
                settings.rulesets().minRevisionWait(),
                telemetry.registry());
        int patternSteps = settings.evaluation().patternSteps();
        return () -> new EvaluatorVerticle(
                evaluator, new Evaluation(patternSteps), cluster.member(), warm, rejectedMessages);
    }

    /** Creates the HTTP verticles, each with its own endpoints. */
    Supplier<HttpVerticle> http() {
        EvaluationClient client = settings.has(Role.EVALUATOR)
                ? EvaluationClient.ofThisNodeFirst(vertx, settings.evaluation().timeout())
                : EvaluationClient.ofCluster(vertx, settings.evaluation().timeout());
        return () -> new HttpVerticle(settings.http(), settings.limits(), endpoints(client));
    }

    private List<Endpoints> endpoints(EvaluationClient client) {
        List<Endpoints> endpoints = new ArrayList<>(List.of(
                new StatusEndpoints(current),
                OpenApiEndpoints.ofPublicPort(settings.http().compressFrom()),
                new FlagEndpoints(current, settings),
                UserEndpoint.evaluate(vertx, current, new UserEndpoint.Sources(past, cohorts), settings),
                UserEndpoint.explain(vertx, current, new UserEndpoint.Sources(past, cohorts), settings),
                new SimulateEndpoints(vertx, current, past, cohorts, settings),
                new VardataEndpoints(current, client, cohorts, settings),
                new CohortEndpoints(current, cohorts, settings.project()),
                new OfrepEndpoints(vertx, current, cohorts, client, openStreams, settings),
                new EventEndpoints(current, new EventClient(vertx), settings),
                new StreamEndpoints(
                        vertx,
                        current,
                        openStreams,
                        settings.streams(),
                        settings.http().drainTimeout())));
        if (settings.http().page()) {
            endpoints.add(new PageEndpoints(settings));
        }
        return endpoints;
    }
}
