package io.variate.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import io.variate.config.Settings;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cluster manager of Vert.x with its own Hazelcast member, whose port is guarded by {@link MemberGate}. */
public final class GuardedClusterManager extends HazelcastClusterManager {
    private static final Logger log = LoggerFactory.getLogger(GuardedClusterManager.class);

    /** The member attribute from which Vert.x reads its node id. */
    private static final String VERTX_NODE_ID = "__vertx.nodeId";

    private static final long RETRY_MILLIS = 10;

    private final HazelcastInstance hazelcast;

    private GuardedClusterManager(HazelcastInstance hazelcast) {
        super(hazelcast);
        this.hazelcast = hazelcast;
    }

    /**
     * Joins the cluster, on a separate thread.
     *
     * @return the cluster manager for Vert.x, which closes it; fails if the port cannot be bound or the cluster cannot be
     *     joined. Completes on the separate thread
     */
    public static Future<GuardedClusterManager> join(Config config, Settings.Cluster cluster, RefusedJoins refused) {
        Promise<GuardedClusterManager> joined = Promise.promise();
        Thread thread = new Thread(
                () -> {
                    try {
                        HazelcastInstance hazelcast = start(config, cluster, refused);
                        refused.follow(hazelcast);
                        joined.complete(new GuardedClusterManager(hazelcast));
                    } catch (RuntimeException | Error e) {
                        joined.fail(e);
                    }
                },
                "variate-cluster-join");
        // The threads of Hazelcast and Vert.x inherit this: they keep the process alive only if they are not daemons.
        thread.setDaemon(false);
        thread.start();
        return joined.future();
    }

    private static HazelcastInstance start(Config config, Settings.Cluster cluster, RefusedJoins refused) {
        config.getMemberAttributeConfig()
                .setAttribute(VERTX_NODE_ID, UUID.randomUUID().toString());
        return HazelcastInstanceFactory.newHazelcastInstance(
                config, config.getInstanceName(), new DefaultNodeContext() {
                    @Override
                    public NodeExtension createNodeExtension(Node node) {
                        return new GuardedNodeExtension(
                                node, cluster.maxStrangers(), cluster.strangerTimeout(), refused);
                    }
                });
    }

    @Override
    public void leave(Completable<Void> promise) {
        Promise<Void> left = Promise.promise();
        super.leave(left);
        left.future().eventually(this::shutDown).onComplete(promise);
    }

    /** Shuts the member down, also if Vert.x has never used it. */
    public Future<Void> shutDown() {
        Promise<Void> ended = Promise.promise();
        new Thread(
                        () -> {
                            try {
                                shutDownAndWait();
                                ended.complete();
                            } catch (RuntimeException | InterruptedException e) {
                                ended.fail(e);
                            }
                        },
                        "variate-cluster-leave")
                .start();
        return ended.future();
    }

    private void shutDownAndWait() throws InterruptedException {
        while (hazelcast.getLifecycleService().isRunning()) {
            try {
                hazelcast.getLifecycleService().shutdown();
            } catch (RejectedExecutionException e) {
                // Hazelcast may submit to a thread pool that it has just shut down; a retry gets past that point.
                log.debug("Hazelcast shutdown failed, retrying: {}", e.toString());
                Thread.sleep(RETRY_MILLIS);
            }
        }
    }
}
