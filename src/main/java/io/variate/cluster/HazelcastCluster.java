package io.variate.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The cluster as Hazelcast sees it; thread-safe. */
public final class HazelcastCluster implements Cluster {
    private static final long CHECK_INTERVAL_MILLIS = 1_000;
    private static final long JOIN_CHECK_INTERVAL_MILLIS = 100;

    /** Upper bound, so that a member that hangs while this one joins does not prevent it from serving. */
    private static final long SETTLE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
    private final String member;
    private final SourceFailures failures;
    private final long started = System.nanoTime();
    private volatile boolean settled;
    private volatile boolean safe;
    private volatile boolean checking;
    private volatile boolean stopped;

    /**
     * Monitors the cluster until {@link #stop}.
     *
     * @param hazelcast the instance of this node, owned and closed by the cluster manager of Vert.x
     */
    public HazelcastCluster(Vertx vertx, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.hazelcast = hazelcast;
        this.member = idOf(hazelcast.getCluster().getLocalMember());
        this.failures = new SourceFailures(vertx, hazelcast, member);
        vertx.setPeriodic(1, CHECK_INTERVAL_MILLIS, tick -> checkSafety());
        vertx.setPeriodic(JOIN_CHECK_INTERVAL_MILLIS, timer -> {
            if (settled) {
                vertx.cancelTimer(timer);
            } else {
                checkSafety();
            }
        });
    }

    @Override
    public int size() {
        return hazelcast.getCluster().getMembers().size();
    }

    /**
     * The oldest node that can read the ruleset source leads; if none can, the oldest node that has one. All nodes see the
     * same order, so no election is needed. While a message is in flight, there may be two leaders or none.
     *
     * <p>In a rolling upgrade, nodes of the previous version follow a leader among all nodes, and others a leader among
     * those of their own version.
     */
    @Override
    public @Nullable String leader() {
        List<Member> sources = hazelcast.getCluster().getMembers().stream()
                .filter(node -> Boolean.parseBoolean(node.getAttribute(ClusterConfiguration.READS_SOURCE)))
                .toList();
        List<Member> candidates =
                sources.stream().filter(HazelcastCluster::exchangesRows).toList();
        String oldest = null;
        for (Member node : candidates.isEmpty() ? sources : candidates) {
            String id = idOf(node);
            if (!failures.contains(id)) {
                return id;
            }
            oldest = oldest == null ? id : oldest;
        }
        return oldest;
    }

    private static boolean exchangesRows(Member node) {
        return Boolean.parseBoolean(node.getAttribute(ClusterConfiguration.EXCHANGES_ROWS));
    }

    /** Applications have none of the attributes. */
    @Override
    public boolean hasPreviousVersion() {
        return hazelcast.getCluster().getMembers().stream()
                .anyMatch(node -> node.getAttribute(ClusterConfiguration.MEMBER) != null && !exchangesRows(node));
    }

    @Override
    public void sourceFailed() {
        failures.add();
    }

    @Override
    public boolean readsSource() {
        return failures.contains(member) || isLeader();
    }

    @Override
    public String member() {
        return member;
    }

    @Override
    public String address() {
        Address address = hazelcast.getCluster().getLocalMember().getAddress();
        return address.getHost() + ":" + address.getPort();
    }

    @Override
    public List<Peer> others() {
        return others(each -> each.getAttribute(ClusterConfiguration.MEMBER) != null);
    }

    @Override
    public List<Peer> othersWithLedger() {
        return others(each -> Boolean.parseBoolean(each.getAttribute(ClusterConfiguration.HAS_LEDGER)));
    }

    private List<Peer> others(Predicate<Member> condition) {
        return hazelcast.getCluster().getMembers().stream()
                .filter(each -> !each.localMember() && condition.test(each))
                .map(each -> new Peer(idOf(each), String.valueOf(each.getAttribute(ClusterConfiguration.NODE))))
                .toList();
    }

    /**
     * Returns the result of the latest check: Hazelcast blocks until the nodes with the backups respond, for seconds if one
     * is down. For the same reason the check covers this node only: checks of all nodes by all nodes would occupy all their
     * threads.
     */
    @Override
    public boolean isSafe() {
        return safe;
    }

    @Override
    public boolean isSettled() {
        return settled;
    }

    /** Otherwise a check would need a worker thread while Vert.x closes. */
    @Override
    public void stop() {
        stopped = true;
    }

    private void checkSafety() {
        settled |= System.nanoTime() - started > SETTLE_TIMEOUT_NANOS;
        if (checking || stopped) {
            return;
        }
        checking = true;
        vertx.executeBlocking(() -> hazelcast.getPartitionService().isLocalMemberSafe(), false)
                .onComplete((result, failure) -> {
                    safe = failure == null && result;
                    settled |= safe;
                    checking = false;
                });
    }

    /** The member id, as in {@link Cluster#member}. */
    static String idOf(Member member) {
        return String.valueOf(member.getAttribute(ClusterConfiguration.MEMBER));
    }
}
