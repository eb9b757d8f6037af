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

/** Vert.x' cluster manager over a Hazelcast member of its own, whose port is guarded by {@link MemberGate}. */
public final class GuardedClusterManager extends HazelcastClusterManager {
    private static final Logger log = LoggerFactory.getLogger(GuardedClusterManager.class);

    /** Where Vert.x looks for its id of the node. */
    private static final String VERTX_NODE_ID = "__vertx.nodeId";

    private static final long RETRY_MILLIS = 10;

    private final HazelcastInstance hazelcast;

    private GuardedClusterManager(HazelcastInstance hazelcast) {
        super(hazelcast);
        this.hazelcast = hazelcast;
    }

    /**
     * Joins the cluster, on a thread of its own.
     *
     * @return to be handed to Vert.x, which closes it; fails if the port or the cluster is not to be had. Completes on
     *     that thread
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
        // The threads of Hazelcast and Vert.x are made by this one, and keep the process alive only if it is no daemon.
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

    /** Ends the member, also if Vert.x never came to use it. */
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
                // Hazelcast may be about to use a pool that it has just ended; the next try finds it further on.
                log.debug("Hazelcast does not shut down yet: {}", e.toString());
                Thread.sleep(RETRY_MILLIS);
            }
        }
    }
}
