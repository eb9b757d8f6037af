package io.variate.bootstrap;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.assignments.ForwarderLedger;
import io.variate.assignments.IngestionVerticle;
import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.assignments.delivery.AnalyticsVerticle;
import io.variate.assignments.delivery.ForwarderVerticle;
import io.variate.assignments.delivery.ForwardingVerticle;
import io.variate.bus.Addresses;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.variate.evaluator.AnnouncementVerticle;
import io.variate.evaluator.WarmUp;
import io.variate.files.DataDirectory;
import io.variate.http.HttpVerticle;
import io.variate.observability.EventLoopLag;
import io.variate.rulesets.Origin;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the components of a node in order, and stops them in reverse.
 *
 * <p>Order: data directory, admin port, ruleset, cohorts, event log, delivery, evaluators, HTTP, readiness. No step waits
 * for PostgreSQL, Kafka or Amplitude.
 */
final class Startup {
    private static final Logger log = LoggerFactory.getLogger(Startup.class);

    private final NodeParts parts;
    private final Settings settings;
    private final Vertx vertx;
    private final Deque<Supplier<Future<?>>> stops = new ArrayDeque<>();

    /** The latest of the HTTP verticles; null if none was created. */
    private volatile @Nullable HttpVerticle http;

    Startup(NodeParts parts) {
        this.parts = parts;
        this.settings = parts.settings;
        this.vertx = parts.vertx;
    }

    @Nullable
    HttpVerticle http() {
        return http;
    }

    /** Starts everything; fails at the first component that fails. The caller then stops the others. */
    Future<Void> start() {
        return watchEventLoops()
                .compose(done -> onWorker(this::secureDataDirectory))
                .compose(done -> startAdmin())
                .compose(done -> settings.cluster().enabled() ? answerReportRequests() : Future.succeededFuture())
                .compose(done -> startRuleset())
                .compose(done -> hasCohorts() ? startCohorts() : Future.succeededFuture())
                .compose(done -> settings.has(Role.EVALUATOR) ? openAssignments() : Future.succeededFuture())
                .compose(done -> hasLedger() ? answerLedgerRequests() : Future.succeededFuture())
                .compose(done -> hasEvents() ? startDelivery() : Future.succeededFuture())
                .compose(done -> startForwarder())
                .compose(done -> startUsage())
                .compose(done -> settings.has(Role.EVALUATOR) ? startEvaluators() : Future.succeededFuture())
                .compose(done -> settings.has(Role.HTTP) ? startHttp() : Future.succeededFuture())
                .map(done -> {
                    parts.accepting.set(true);
                    return null;
                });
    }

    /** Stops what has started, in reverse order, and then leaves the cluster. Each step is bounded; never fails early. */
    Future<Void> stop() {
        parts.accepting.set(false);
        Future<?> stopped = Future.succeededFuture();
        while (!stops.isEmpty()) {
            Supplier<Future<?>> step = stops.pop();
            stopped = stopped.transform(
                    earlier -> step.get().onFailure(failure -> log.warn("component failed to stop cleanly", failure)));
        }
        // Not a future of a Vert.x context: it completes after Vert.x is closed and its threads have ended.
        Promise<Void> closed = Promise.promise();
        stopped.onComplete(done -> {
            parts.cluster.stop();
            vertx.close().onComplete(closed);
        });
        return closed.future();
    }

    /** Vert.x may deploy other verticles in between, so twice as many instances as event loops reach every loop. */
    private Future<?> watchEventLoops() {
        Set<Thread> watched = ConcurrentHashMap.newKeySet();
        return deploy(2 * Platform.EVENT_LOOPS, () -> new EventLoopLag(parts.telemetry.registry(), watched));
    }

    private void secureDataDirectory() {
        DataDirectory.secure(settings.node().dataDir())
                .forEach(problem -> log.warn("node.data-dir may be read by other users: {}", problem));
    }

    private Future<?> startAdmin() {
        return deploy(1, () -> parts.admin)
                .recover(cause -> cannotListen(
                        "admin", settings.admin().host(), settings.admin().port(), cause))
                .compose(done -> settings.metrics().enabled() ? startMetrics() : Future.succeededFuture());
    }

    private Future<?> startMetrics() {
        Settings.Metrics metrics = settings.metrics();
        return deploy(1, () -> parts.metrics)
                .recover(cause -> cannotListen("metrics", metrics.host(), metrics.port(), cause));
    }

    private Future<Void> startRuleset() {
        stops.push(parts.rulesetSynchronizer::stop);
        return parts.rulesetSynchronizer.start();
    }

    /** A node with a source of cohorts also provides them to other nodes. */
    private boolean hasCohorts() {
        return settings.has(Role.HTTP)
                || settings.has(Role.EVALUATOR)
                || settings.postgres().uri() != null
                || settings.upstream().isSet();
    }

    private Future<Void> startCohorts() {
        stops.push(parts.cohortSynchronizer::stop);
        return parts.cohortSynchronizer.start(parts.current.origin() != Origin.SNAPSHOT);
    }

    /** Opens the event log, including events of earlier runs. */
    private Future<Void> openAssignments() {
        stops.push(() -> onWorker(parts.assignments::close));
        return onWorker(parts.assignments::open);
    }

    private boolean hasLedger() {
        return settings.cluster().enabled() && (settings.has(Role.EVALUATOR) || settings.forwardsFromKafka());
    }

    /** Answers other nodes. */
    private Future<?> answerLedgerRequests() {
        return parts.ledger.answerAt(Addresses.ledgerOf(parts.cluster.member()));
    }

    private Future<?> answerReportRequests() {
        return parts.state.answerAt(vertx.eventBus(), Addresses.reportOf(parts.cluster.member()));
    }

    /** Whether this node creates events or delivers those of other nodes. */
    private boolean hasEvents() {
        return settings.has(Role.EVALUATOR) || settings.has(Role.ANALYTICS);
    }

    private Future<?> startDelivery() {
        return deploy(1, () -> new AnalyticsVerticle(settings, parts.assignments, parts.delivery, parts.amplitude))
                .compose(done -> startForwarding());
    }

    private Future<?> startForwarding() {
        if (!settings.has(Role.ANALYTICS)) {
            return Future.succeededFuture();
        }
        MeterRegistry metrics = parts.telemetry.registry();
        String topic = settings.events().forwardTopic();
        AmplitudeClient amplitude = parts.amplitude;
        if (topic != null && settings.kafka().bootstrapServers() != null) {
            return deploy(1, () -> ForwardingVerticle.toKafka(settings.kafka(), topic, metrics));
        }
        return amplitude == null
                ? Future.succeededFuture()
                : deploy(1, () -> ForwardingVerticle.toAmplitude(amplitude, metrics));
    }

    private Future<?> startForwarder() {
        AmplitudeClient amplitude = parts.amplitude;
        ForwarderLedger account = parts.forwarderLedger;
        if (amplitude == null || account == null) {
            return Future.succeededFuture();
        }
        return deploy(
                1,
                () -> new ForwarderVerticle(settings, amplitude, account, parts.forwarder, parts.telemetry.registry()));
    }

    /** Stops after the evaluators, and records what they have counted. */
    private Future<Void> startUsage() {
        stops.push(parts.usage::stop);
        parts.usage.start();
        return Future.succeededFuture();
    }

    private Future<?> startEvaluators() {
        Future<Void> warm = WarmUp.with(vertx, parts.current);
        return deploy(instances(settings.evaluation().instances()), parts.evaluators(warm))
                .compose(done -> deploy(1, () -> new IngestionVerticle(parts.recorder, Clock.systemUTC())))
                .compose(done -> settings.cluster().enabled()
                        ? deploy(1, () -> new AnnouncementVerticle(parts.cluster.member(), warm))
                        : Future.succeededFuture());
    }

    private Future<?> startHttp() {
        Supplier<HttpVerticle> verticles = parts.http();
        return deploy(instances(settings.http().instances()), () -> {
                    HttpVerticle verticle = verticles.get();
                    http = verticle;
                    return verticle;
                })
                .recover(cause -> cannotListen(
                        "http", settings.http().host(), settings.http().port(), cause));
    }

    /** Names the setting and the address: the error of the operating system contains neither. */
    private static <T> Future<T> cannotListen(String section, String host, int port, Throwable cause) {
        return Future.failedFuture(new IllegalStateException(
                section + ".port: cannot listen on " + host + ":" + port + ": " + cause.getMessage(), cause));
    }

    private Future<?> deploy(int instances, Supplier<? extends Deployable> verticle) {
        return vertx.deployVerticle(verticle, new DeploymentOptions().setInstances(instances))
                .onSuccess(id -> stops.push(() -> vertx.undeploy(id)));
    }

    private Future<Void> onWorker(Runnable work) {
        return vertx.executeBlocking(() -> {
            work.run();
            return null;
        });
    }

    private static int instances(int setting) {
        return setting == 0 ? Runtime.getRuntime().availableProcessors() : setting;
    }
}
