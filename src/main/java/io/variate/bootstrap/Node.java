package io.variate.bootstrap;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.admin.AdminVerticle;
import io.variate.admin.CohortsEndpoint;
import io.variate.admin.DeploymentsEndpoint;
import io.variate.admin.Health;
import io.variate.admin.LedgerEndpoint;
import io.variate.admin.RulesetEndpoint;
import io.variate.assignments.AssignmentLog;
import io.variate.assignments.AssignmentRecorder;
import io.variate.assignments.IngestionVerticle;
import io.variate.assignments.LedgerReader;
import io.variate.assignments.delivery.AnalyticsVerticle;
import io.variate.assignments.delivery.DeliveryStatus;
import io.variate.assignments.delivery.ForwardingVerticle;
import io.variate.bus.Addresses;
import io.variate.bus.FailureCode;
import io.variate.bus.MessageGuard;
import io.variate.bus.codecs.MessageCodecs;
import io.variate.client.EvaluationClient;
import io.variate.client.EventClient;
import io.variate.cluster.Cluster;
import io.variate.cohorts.CohortEditor;
import io.variate.cohorts.CohortSynchronizer;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.variate.engine.Evaluation;
import io.variate.evaluator.AnnouncementVerticle;
import io.variate.evaluator.Evaluator;
import io.variate.evaluator.EvaluatorVerticle;
import io.variate.evaluator.WarmUp;
import io.variate.files.DataDirectory;
import io.variate.http.HttpVerticle;
import io.variate.http.OpenApiEndpoints;
import io.variate.http.StatusEndpoints;
import io.variate.http.cohorts.CohortEndpoints;
import io.variate.http.events.EventEndpoints;
import io.variate.http.flags.FlagEndpoints;
import io.variate.http.flags.OpenStreams;
import io.variate.http.flags.StreamEndpoints;
import io.variate.http.vardata.VardataEndpoints;
import io.variate.observability.EventLoopLag;
import io.variate.observability.MetricNames;
import io.variate.observability.RefusedMessages;
import io.variate.observability.Telemetry;
import io.variate.ofrep.OfrepEndpoints;
import io.variate.page.ExplainEndpoints;
import io.variate.page.PageEndpoints;
import io.variate.page.SimulateEndpoints;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.FileRulesetSource;
import io.variate.rulesets.Origin;
import io.variate.rulesets.PostgresRulesetSource;
import io.variate.rulesets.RulesetEditor;
import io.variate.rulesets.RulesetSource;
import io.variate.rulesets.RulesetSynchronizer;
import io.variate.store.CohortStore;
import io.variate.store.Database;
import io.variate.store.RulesetStore;
import io.variate.web.Endpoints;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running server: its parts, put together by hand, started in order and stopped in reverse.
 *
 * <p>Up: cluster, ruleset, analytics, evaluators, HTTP, readiness. A node starts without database and without Kafka;
 * it is ready once it has a ruleset.
 */
public final class Node {
    private static final Logger log = LoggerFactory.getLogger(Node.class);

    private final Settings settings;
    private final Telemetry telemetry;
    private final Vertx vertx;
    private final RefusedMessages refused;
    private final CurrentRuleset current;
    private final OpenStreams openStreams;
    private final RulesetSynchronizer synchronizer;
    private final UploadedCohorts cohorts;
    private final CohortSynchronizer cohortSynchronizer;
    private final Cluster cluster;
    private final AssignmentLog assignments;
    private final LedgerReader books;
    private final DeliveryStatus delivery;
    private final AdminVerticle admin;
    private final Deque<Supplier<Future<?>>> stops = new ArrayDeque<>();

    private volatile boolean accepting;
    private volatile @Nullable HttpVerticle http;

    private Node(Settings settings, Telemetry telemetry, Platform platform) {
        MeterRegistry metrics = telemetry.registry();
        this.settings = settings;
        this.telemetry = telemetry;
        this.vertx = platform.vertx();
        this.refused = new RefusedMessages(
                metrics,
                MessageGuard.addresses(),
                MessageGuard.CODES.stream().map(Node::reason).toList());
        MessageGuard.install(vertx.eventBus(), (address, code, why) -> refused.note(address, reason(code), why));
        this.current = new CurrentRuleset(vertx, settings.node().zone(), Clock.systemUTC(), metrics);
        this.cohorts = new UploadedCohorts(metrics);
        Database database =
                settings.postgres().uri() == null ? null : new Database(vertx, settings.postgres(), metrics);
        PostgresRulesetSource postgres =
                database == null ? null : new PostgresRulesetSource(new RulesetStore(database));
        CohortStore cohortStore =
                database == null || settings.rulesets().file() != null ? null : new CohortStore(database);
        this.synchronizer = new RulesetSynchronizer(
                vertx,
                current,
                platform.cache(),
                platform.cluster(),
                source(postgres),
                settings.node().dataDir(),
                settings.rulesets().checkInterval());
        this.cohortSynchronizer = new CohortSynchronizer(
                vertx,
                cohorts,
                platform.cluster(),
                cohortStore,
                settings.node().dataDir(),
                settings.rulesets().checkInterval(),
                metrics);
        this.assignments = new AssignmentLog(settings, Clock.systemUTC(), metrics);
        this.delivery = settings.has(Role.ANALYTICS) && settings.kafka().bootstrapServers() == null
                ? DeliveryStatus.none()
                : DeliveryStatus.unknown();
        // A stream keeps its connection, so the others need some that no stream can have.
        this.openStreams = new OpenStreams(
                Math.min(
                        settings.streams().maxOpen(),
                        settings.limits().connections() - settings.limits().connections() / 8),
                metrics);
        RulesetEditor editor = postgres == null ? null : new RulesetEditor(vertx, current, postgres, synchronizer);
        CohortEditor cohortEditor = cohortStore == null
                ? null
                : new CohortEditor(
                        vertx,
                        cohortStore,
                        cohortSynchronizer,
                        settings.node().dataDir(),
                        settings.cohorts().maxMembers(),
                        Clock.systemUTC());
        this.cluster = platform.cluster();
        this.books = new LedgerReader(vertx, assignments);
        telemetry.beforeScrape(assignments::observe);
        observe(cluster, metrics);
        metrics.gauge(
                MetricNames.RULESET_SOURCE_DOWN,
                synchronizer,
                ruleset -> isDown(ruleset.sourceStatus().state()));
        metrics.gauge(
                MetricNames.COHORTS_DOWN,
                cohortSynchronizer,
                all -> isDown(all.status().state()));
        this.admin = new AdminVerticle(
                settings.admin(),
                settings.limits(),
                new Health(
                        settings, current, synchronizer, cohortSynchronizer, books, delivery, cluster, () -> accepting),
                telemetry,
                new RulesetEndpoint(current, editor),
                new DeploymentsEndpoint(current),
                new CohortsEndpoint(current, cohorts, cohortEditor),
                new LedgerEndpoint(settings, books, cluster, vertx.eventBus()));
    }

    /**
     * Starts a node.
     *
     * @return the node, answering on its ports; fails, with nothing left running, if a port or the cluster is not to
     *     be had
     */
    public static Future<Node> start(Settings settings) {
        Telemetry telemetry = new Telemetry();
        // Of no Vert.x context: a start that failed is told after Vert.x was closed, when no thread of it is left.
        Promise<Node> started = Promise.promise();
        Future.succeededFuture()
                .compose(go -> Platform.start(settings, telemetry))
                .onComplete(platform -> start(settings, telemetry, platform, started), started::fail);
        return started.future();
    }

    private static void start(Settings settings, Telemetry telemetry, Platform platform, Promise<Node> started) {
        MessageCodecs.register(platform.vertx().eventBus());
        try {
            Node node = new Node(settings, telemetry, platform);
            node.start()
                    .onComplete(started::complete, failure -> node.stop().onComplete(stopped -> started.fail(failure)));
        } catch (RuntimeException e) {
            platform.vertx().close().onComplete(closed -> started.fail(e));
        }
    }

    private static String reason(FailureCode code) {
        return code.name().toLowerCase(Locale.ROOT);
    }

    private static int isDown(String state) {
        return state.equals("down") ? 1 : 0;
    }

    private static void observe(Cluster cluster, MeterRegistry metrics) {
        metrics.gauge(MetricNames.CLUSTER_MEMBERS, cluster, Cluster::size);
        metrics.gauge(MetricNames.CLUSTER_SAFE, cluster, all -> all.isSafe() ? 1 : 0);
        metrics.gauge(MetricNames.CLUSTER_LEADER, cluster, all -> all.isLeader() ? 1 : 0);
    }

    /** The port of the public API; 0 if the node has no HTTP role. */
    public int httpPort() {
        HttpVerticle verticle = http;
        return verticle == null ? 0 : verticle.port();
    }

    /** What the public API serves. */
    List<Route> routes() {
        HttpVerticle verticle = http;
        return verticle == null ? List.of() : verticle.routes();
    }

    /** The port of health, metrics and management. */
    public int adminPort() {
        return admin.port();
    }

    /** Stops in reverse order: readiness, HTTP drained, evaluators, events flushed, the rest. Each step is bounded. */
    public Future<Void> stop() {
        accepting = false;
        Future<?> stopped = Future.succeededFuture();
        while (!stops.isEmpty()) {
            Supplier<Future<?>> step = stops.pop();
            stopped = stopped.transform(
                    earlier -> step.get().onFailure(failure -> log.warn("a part did not stop well", failure)));
        }
        // Of no Vert.x context, for the same reason as in start.
        Promise<Void> closed = Promise.promise();
        stopped.onComplete(done -> {
            cluster.stop();
            vertx.close().onComplete(closed);
        });
        return closed.future();
    }

    private Future<Node> start() {
        return watchEventLoops()
                .compose(done -> onWorker(this::secureDataDirectory))
                .compose(done -> startAdmin())
                .compose(done -> startRuleset())
                .compose(done -> hasCohorts() ? startCohorts() : Future.succeededFuture())
                .compose(done -> settings.has(Role.EVALUATOR) ? openAssignments() : Future.succeededFuture())
                .compose(done -> hasEvents() ? startAnalytics() : Future.succeededFuture())
                .compose(done -> settings.has(Role.EVALUATOR) ? startEvaluators() : Future.succeededFuture())
                .compose(done -> settings.has(Role.HTTP) ? startHttp() : Future.succeededFuture())
                .map(done -> {
                    accepting = true;
                    log.info("node {} is up: http={} admin={}", settings.node().id(), httpPort(), adminPort());
                    return this;
                });
    }

    private void secureDataDirectory() {
        DataDirectory.secure(settings.node().dataDir())
                .forEach(problem -> log.warn("node.data-dir may be read by other users: {}", problem));
    }

    /** Twice as many as there are loops: others may be dealt some in between. */
    private Future<?> watchEventLoops() {
        Set<Thread> watched = ConcurrentHashMap.newKeySet();
        return deploy(2 * Platform.EVENT_LOOPS, () -> new EventLoopLag(telemetry.registry(), watched));
    }

    private Future<?> startAdmin() {
        return deploy(1, () -> admin)
                .recover(cause -> cannotListen(
                        "admin", settings.admin().host(), settings.admin().port(), cause));
    }

    private @Nullable RulesetSource source(@Nullable PostgresRulesetSource postgres) {
        return settings.rulesets().file() == null
                ? postgres
                : new FileRulesetSource(
                        vertx, settings.rulesets().file(), settings.node().dataDir());
    }

    private Future<Void> startRuleset() {
        stops.push(synchronizer::stop);
        return synchronizer.start();
    }

    private Future<Void> startCohorts() {
        stops.push(cohortSynchronizer::stop);
        return cohortSynchronizer.start(current.origin() != Origin.SNAPSHOT);
    }

    /** A node that reads the database has them for the others too. */
    private boolean hasCohorts() {
        return settings.has(Role.HTTP)
                || settings.has(Role.EVALUATOR)
                || settings.postgres().uri() != null;
    }

    /** A node that neither evaluates nor has Kafka has no event of its own and takes none of others. */
    private boolean hasEvents() {
        return settings.has(Role.EVALUATOR) || settings.has(Role.ANALYTICS);
    }

    /** Events that an earlier run has left on the disk come along. */
    private Future<Void> openAssignments() {
        stops.push(() -> onWorker(assignments::close));
        return onWorker(assignments::open)
                .compose(done -> settings.cluster().enabled()
                        ? books.answerAt(Addresses.ledgerOf(cluster.member())).mapEmpty()
                        : Future.succeededFuture());
    }

    private Future<Void> onWorker(Runnable work) {
        return vertx.executeBlocking(() -> {
            work.run();
            return null;
        });
    }

    private Future<?> startAnalytics() {
        return deploy(1, () -> new AnalyticsVerticle(settings, assignments, delivery))
                .compose(done -> startForwarding());
    }

    private Future<?> startForwarding() {
        String topic = settings.events().forwardTopic();
        if (topic == null || !settings.has(Role.ANALYTICS) || settings.kafka().bootstrapServers() == null) {
            return Future.succeededFuture();
        }
        return deploy(1, () -> new ForwardingVerticle(settings.kafka(), topic, telemetry.registry()));
    }

    private Future<?> startEvaluators() {
        AssignmentRecorder recorder = new AssignmentRecorder(settings, assignments);
        Evaluator evaluator = new Evaluator(
                current,
                ruleset -> cohorts.over(ruleset.cohorts()),
                recorder,
                Clock.systemUTC(),
                settings.rulesets().minRevisionWait(),
                telemetry.registry());
        int patternSteps = settings.evaluation().patternSteps();
        Future<Void> warm = WarmUp.with(vertx, current);
        return deploy(
                        instances(settings.evaluation().instances()),
                        () -> new EvaluatorVerticle(
                                evaluator, new Evaluation(patternSteps), cluster.member(), warm, refused))
                .compose(done -> deploy(1, () -> new IngestionVerticle(recorder, Clock.systemUTC())))
                .compose(done -> settings.cluster().enabled()
                        ? deploy(1, () -> new AnnouncementVerticle(cluster.member(), warm))
                        : Future.succeededFuture());
    }

    private Future<?> startHttp() {
        EvaluationClient client = settings.has(Role.EVALUATOR)
                ? EvaluationClient.ofThisNodeFirst(vertx, settings.evaluation().timeout())
                : EvaluationClient.ofCluster(vertx, settings.evaluation().timeout());
        return deploy(instances(settings.http().instances()), () -> {
                    HttpVerticle verticle = new HttpVerticle(settings.http(), settings.limits(), endpoints(client));
                    http = verticle;
                    return verticle;
                })
                .recover(cause -> cannotListen(
                        "http", settings.http().host(), settings.http().port(), cause));
    }

    /** What the public port serves, made anew for each verticle. */
    private List<Endpoints> endpoints(EvaluationClient client) {
        List<Endpoints> endpoints = new ArrayList<>(List.of(
                new StatusEndpoints(current),
                new OpenApiEndpoints(settings.http().compressFrom()),
                new FlagEndpoints(current, settings),
                new ExplainEndpoints(vertx, current, cohorts, settings),
                new SimulateEndpoints(vertx, current, cohorts, settings),
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

    /** The system's own words for a port that is taken do not say which. */
    private static <T> Future<T> cannotListen(String section, String host, int port, Throwable cause) {
        return Future.failedFuture(new IllegalStateException(
                section + ".port: cannot listen on " + host + ":" + port + ": " + cause.getMessage(), cause));
    }

    private Future<?> deploy(int instances, Supplier<Deployable> verticle) {
        return vertx.deployVerticle(verticle, new DeploymentOptions().setInstances(instances))
                .onSuccess(id -> stops.push(() -> vertx.undeploy(id)));
    }

    private static int instances(int setting) {
        return setting == 0 ? Runtime.getRuntime().availableProcessors() : setting;
    }
}
