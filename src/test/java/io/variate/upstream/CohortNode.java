package io.variate.upstream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.Cluster;
import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortStaging;
import io.variate.cohorts.CohortStatus;
import io.variate.cohorts.CohortSynchronizer;
import io.variate.cohorts.Cohorts;
import io.variate.cohorts.EffectiveCohorts;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Upstream;
import io.variate.observability.MetricNames;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Documents;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The cohorts of one node that follows an upstream. Nodes of one test share the event bus. */
final class CohortNode implements AutoCloseable {
    /** Long enough for a slow machine to read the ruleset several times. */
    static final Duration GRACE = Duration.ofSeconds(1);

    private static final Duration CHECK_INTERVAL = Duration.ofMillis(50);

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final UpstreamClient client;
    private final CurrentRuleset current;
    private final UploadedCohorts uploaded = new UploadedCohorts(metrics);
    private final CohortSynchronizer synchronizer;
    private long revision;

    /** @param leader names the leader */
    CohortNode(Vertx vertx, String name, Supplier<String> leader, Upstream settings, int maxMembers, Path dataDir) {
        Cluster cluster = new Member(name, leader);
        client = new UpstreamClient(vertx, settings);
        current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics);
        synchronizer = new CohortSynchronizer(
                vertx,
                uploaded,
                cluster,
                new UpstreamCohorts(
                        vertx,
                        settings,
                        client,
                        new CohortStaging(vertx, dataDir, maxMembers),
                        current,
                        cluster::isLeader,
                        metrics,
                        GRACE),
                dataDir,
                CHECK_INTERVAL,
                metrics);
    }

    /** Starts with a ruleset. */
    CohortNode start(String ruleset) {
        serve(ruleset);
        await(synchronizer.start(true));
        return this;
    }

    /** Replaces the ruleset. */
    void serve(String ruleset) {
        await(Documents.offer(current, ++revision, ruleset));
    }

    private static void await(Future<?> future) {
        try {
            future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    CohortStatus status() {
        return synchronizer.status();
    }

    double failedFetches() {
        return metrics.counter(MetricNames.COHORT_FAILED_FETCHES).count();
    }

    EffectiveCohorts cohorts(String project) {
        return uploaded.over(project, Cohorts.NONE);
    }

    @Nullable
    Cohort find(String id) {
        return cohorts("").find(id);
    }

    /** Whether evaluation counts the user as a member. */
    boolean hasMember(String id, String user) {
        return cohorts("").contains("User", id, user);
    }

    @Override
    public void close() {
        await(synchronizer.stop());
        await(client.close());
    }

    private record Member(String member, Supplier<String> leaderName) implements Cluster {
        @Override
        public int size() {
            return 2;
        }

        @Override
        public String leader() {
            return leaderName.get();
        }

        @Override
        public void sourceFailed() {
            // Tests change the leader.
        }

        @Override
        public boolean readsSource() {
            return isLeader();
        }

        @Override
        public List<Peer> othersWithLedger() {
            return List.of();
        }

        @Override
        public boolean hasPreviousVersion() {
            return false;
        }

        @Override
        public boolean isSafe() {
            return true;
        }

        @Override
        public boolean isSettled() {
            return true;
        }

        @Override
        public void stop() {
            // Monitors nothing.
        }
    }
}
