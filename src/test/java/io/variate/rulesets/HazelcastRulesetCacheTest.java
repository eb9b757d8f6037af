package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.cluster.ClusterConfiguration;
import io.variate.cluster.HazelcastCluster;
import io.variate.config.SettingsLoader;
import io.variate.rulesets.document.DocumentWriter;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.rows.FieldWriter;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RowsCodec;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.RulesetRows;
import io.variate.testing.Await;
import io.variate.testing.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two members in one process. */
@Tag("slow")
class HazelcastRulesetCacheTest {
    private static final String HISTORY = "db";
    private static final List<Integer> PORTS = FreePorts.some(3);

    @SuppressWarnings("NullAway.Init")
    private static Vertx vertx;

    @SuppressWarnings("NullAway.Init")
    private static HazelcastInstance one;

    @SuppressWarnings("NullAway.Init")
    private static HazelcastInstance two;

    @TempDir
    Path directory;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final HazelcastRulesetCache leader = cache(one);
    private final HazelcastRulesetCache follower = cache(two);

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        one = Hazelcast.newHazelcastInstance(configuration(0));
        two = Hazelcast.newHazelcastInstance(configuration(1));
    }

    @AfterAll
    static void stop() throws Exception {
        two.shutdown();
        one.shutdown();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @BeforeEach
    void clear() {
        map().clear();
        documents().clear();
    }

    @Test
    void isEmptyBeforeTheFirstPut() throws Exception {
        assertThat(await(follower.head())).isNull();
        assertThat(await(follower.newest(null))).isNull();
    }

    @Test
    void givesAJoiningNodeTheWholeRuleset() throws Exception {
        await(leader.publishWhole(ruleset(7)));
        assertThat(await(follower.head())).isEqualTo(ruleset(7).revision());
        assertThat(await(follower.newest(null))).isEqualTo(ruleset(7));
        assertThat(await(follower.newest(ruleset(7)))).isNull();
        assertThat(await(follower.newest(ruleset(8)))).isNull();
    }

    @Test
    void pushesDeltasToAllNodes() throws Exception {
        List<RulesetDelta> received = new CopyOnWriteArrayList<>();
        List<String> heads = new CopyOnWriteArrayList<>();
        follower.subscribe(received::add, () -> heads.add("changed"));
        await(leader.publishWhole(ruleset(1)));
        Await.until("the head is announced", () -> heads.size() == 1);
        await(leader.publish(delta(1, 2), ruleset(2)));
        await(leader.publish(delta(2, 3), ruleset(3)));
        Await.until("both deltas have arrived", () -> received.size() == 2);
        assertThat(received).containsExactly(delta(1, 2), delta(2, 3));
    }

    @Test
    void aNodeThatIsBehindReadsOnlyDeltas() throws Exception {
        publishUpTo(20);
        map().keySet().stream().filter(key -> key.startsWith("anchor")).forEach(map()::delete);
        RulesetRows served = ruleset(15);
        RulesetRows newest = Objects.requireNonNull(await(follower.newest(served)));
        assertThat(newest).isEqualTo(ruleset(20));
        assertThat(newest.rows().all().get(0)).isSameAs(served.rows().all().get(0));
    }

    @Test
    void aNodeOfAnotherBranchReadsTheAnchorAndTheDeltasSince() throws Exception {
        publishUpTo(20);
        RulesetRows other = RulesetRows.of(HISTORY, 15, rows(99));
        RulesetRows newest = Objects.requireNonNull(await(follower.newest(other)));
        assertThat(newest).isEqualTo(ruleset(20));
        assertThat(newest.rows().all().get(0)).isSameAs(other.rows().all().get(0));
        assertThat(await(follower.newest(null))).isEqualTo(ruleset(20));
    }

    @Test
    void boundsTheHistoryOfDeltas() throws Exception {
        publishUpTo(1_200);
        assertThat(map().size()).isLessThan(2 + 2 * (CacheHead.MAX_LINKS_SINCE_ANCHOR + 2));
        assertThat(await(follower.newest(null))).isEqualTo(ruleset(1_200));
        assertThat(await(follower.newest(ruleset(3)))).isEqualTo(ruleset(1_200));
        assertThat(await(follower.newest(ruleset(900)))).isEqualTo(ruleset(1_200));
    }

    @Test
    void putsTheWholeRulesetIfTheDeltaDoesNotContinueTheCache() throws Exception {
        await(leader.publishWhole(ruleset(1)));
        await(leader.publish(delta(4, 5), ruleset(5)));
        assertThat(await(follower.newest(ruleset(1)))).isEqualTo(ruleset(5));
    }

    @Test
    void ignoresALatePut() throws Exception {
        publishUpTo(5);
        await(leader.publish(delta(2, 3), ruleset(3)));
        await(leader.publishWhole(ruleset(4)));
        assertThat(await(follower.head())).isEqualTo(ruleset(5).revision());
    }

    @Test
    void recoversFromALostEntry() throws Exception {
        publishUpTo(5);
        map().keySet().stream().filter(key -> key.startsWith("delta-4-")).forEach(map()::delete);
        assertThat(await(follower.newest(ruleset(2)))).isNull();
        assertThat(refused("incomplete")).isEqualTo(1);
        assertThat(await(leader.head())).isNull();
        await(leader.publishWhole(ruleset(5)));
        assertThat(await(follower.newest(ruleset(2)))).isEqualTo(ruleset(5));
    }

    @Test
    void countsGarbageAndUnknownVersionsAndKeepsListening() throws Exception {
        List<RulesetDelta> received = new CopyOnWriteArrayList<>();
        follower.subscribe(received::add, () -> {});
        map().set("delta-1-1@ruleset", new byte[] {1, 2, 3});
        map().set("delta-1-2@ruleset", new byte[] {2});
        map().set("delta-1-3@ruleset", new byte[0]);
        map().set(HazelcastRulesetCache.HEAD, new byte[] {1, 9});
        assertThat(await(follower.head())).isNull();
        await(leader.publishWhole(ruleset(1)));
        await(leader.publish(delta(1, 2), ruleset(2)));
        Await.until("the delta has arrived", () -> !received.isEmpty());
        assertThat(received).containsExactly(delta(1, 2));
        assertThat(refused("malformed")).isGreaterThanOrEqualTo(3);
        assertThat(refused("version")).isEqualTo(1);
    }

    @Test
    void aNodeKeepsServingWhileMembersPutGarbage() throws Exception {
        publishUpTo(2);
        CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics);
        RulesetSynchronizer node = follow(current);
        RulesetRows foreign = RulesetRows.of("other", 9, rows(9));
        RulesetDelta ofForeign = new RulesetDelta(
                foreign.revision(), RulesetRows.of("other", 10, rows(9)).revision(), RowChanges.NONE);
        List<byte[]> garbage = garbage();
        for (int i = 0; i < garbage.size(); i++) {
            map().set("delta-3-" + i + "@ruleset", garbage.get(i));
        }
        map().set("delta-10-0@ruleset", RowsCodec.encode(ofForeign));
        map().set(HazelcastRulesetCache.HEAD, garbage.get(0));
        Await.until("all garbage is counted", () -> refused("malformed") >= garbage.size() - 1);
        Await.until("the foreign delta is counted", () -> refused("history") == 1);
        Await.until("the head is repaired", () -> ruleset(2).revision().equals(await(leader.head())));
        assertThat(refused("version")).isEqualTo(1);
        assertThat(current.rows()).isEqualTo(ruleset(2));

        await(leader.publish(delta(2, 3), ruleset(3)));
        await(current.reached(3));
        assertThat(current.rows()).isEqualTo(ruleset(3));
        await(node.stop());
    }

    /** One of a later version, and others that are damaged. */
    private static List<byte[]> garbage() {
        List<byte[]> garbage = new ArrayList<>();
        Random random = new Random(5);
        for (int i = 0; i < 20; i++) {
            byte[] bytes = new byte[1 + random.nextInt(100)];
            random.nextBytes(bytes);
            bytes[0] = 1;
            garbage.add(bytes);
        }
        byte[] whole = RowsCodec.encode(delta(2, 3));
        garbage.add(Arrays.copyOf(whole, whole.length / 2));
        for (long count : List.of(Long.MAX_VALUE, -1L, (long) Integer.MAX_VALUE, 1L << 32)) {
            garbage.add(new FieldWriter()
                    .revision(ruleset(2).revision())
                    .revision(ruleset(3).revision())
                    .number(count)
                    .compressed(1));
        }
        whole[0] = 9;
        garbage.add(whole);
        return garbage;
    }

    @Test
    void aNodeKeepsItsRulesetIfTheCacheHasAnotherOneUnderTheSameRevision() throws Exception {
        publishUpTo(2);
        CurrentRuleset current = new CurrentRuleset(vertx, "us", Clock.systemUTC(), metrics);
        RulesetSynchronizer node = follow(current);
        map().set(HazelcastRulesetCache.HEAD, other(2));
        Await.until("the conflict is counted", () -> refused("history") >= 1);
        assertThat(current.rows()).isEqualTo(ruleset(2));

        await(leader.publish(delta(2, 3), ruleset(3)));
        await(current.reached(3));
        assertThat(current.rows()).isEqualTo(ruleset(3));
        await(node.stop());
    }

    private static byte[] other(int number) {
        return CacheHead.ofWhole(RulesetRows.of(HISTORY, number, rows(99)).revision(), 1)
                .encode();
    }

    private RulesetSynchronizer follow(CurrentRuleset current) throws Exception {
        RulesetSynchronizer node = new RulesetSynchronizer(
                vertx,
                current,
                follower,
                new HazelcastCluster(vertx, two),
                null,
                directory,
                Duration.ofHours(1),
                metrics);
        await(node.start());
        assertThat(current.rows()).isEqualTo(ruleset(2));
        return node;
    }

    @Test
    void doesNotOverwriteTheHeadOfALaterVersion() throws Exception {
        map().set(HazelcastRulesetCache.HEAD, new byte[] {2, 9});
        await(leader.publishWhole(ruleset(1)));
        assertThat(map().get(HazelcastRulesetCache.HEAD)).isEqualTo(new byte[] {2, 9});
    }

    @Test
    void writesNoDocumentWithoutNodesOfThePreviousVersion() throws Exception {
        publishUpTo(3);
        assertThat(documents().isEmpty()).isTrue();
    }

    @Test
    void nodesOfThePreviousVersionGetTheDocumentAndDoNotLead() throws Exception {
        Config previous = configuration(2);
        previous.getMemberAttributeConfig().removeAttribute("variate.exchanges-rows");
        HazelcastInstance old = Hazelcast.newHazelcastInstance(previous);
        try {
            documents().set(DocumentMap.NEWEST, new EncodedRuleset(2, "{\"cohorts\":[]}"));
            assertThat(await(leader.newest(null))).isEqualTo(RulesetRows.of(Revision.UNKNOWN_HISTORY, 2, RowSet.EMPTY));

            publishUpTo(5);

            Await.until("the document is put", () -> {
                EncodedRuleset document = documents().get(DocumentMap.NEWEST);
                return document != null && document.equals(new EncodedRuleset(5, DocumentWriter.json(ruleset(5))));
            });
            HazelcastCluster members = new HazelcastCluster(vertx, two);
            assertThat(members.hasPreviousVersion()).isTrue();
            one.shutdown();
            Await.until("the other new node leads", members::isLeader);
        } finally {
            old.shutdown();
            if (!one.getLifecycleService().isRunning()) {
                one = Hazelcast.newHazelcastInstance(configuration(0));
            }
        }
    }

    private void publishUpTo(int number) throws Exception {
        await(leader.publishWhole(ruleset(1)));
        for (int from = 1; from < number; from++) {
            await(leader.publish(delta(from, from + 1), ruleset(from + 1)));
        }
    }

    private static RulesetRows ruleset(int number) {
        return RulesetRows.of(HISTORY, number, rows(number));
    }

    private static RowSet rows(int number) {
        return RowSet.of(IntStream.range(0, 10)
                .mapToObj(i -> row("row-" + i, i == 5 ? number : i))
                .toList());
    }

    private static Row row(String key, int value) {
        return new Row(
                new RowKey(RowKind.COHORT, "", key), 1, "{\"id\":\"" + key + "\",\"description\":\"" + value + "\"}");
    }

    private static RulesetDelta delta(int from, int to) {
        return new RulesetDelta(
                ruleset(from).revision(), ruleset(to).revision(), new RowChanges(List.of(), List.of(row("row-5", to))));
    }

    private HazelcastRulesetCache cache(HazelcastInstance hazelcast) {
        return new HazelcastRulesetCache(vertx, hazelcast, new HazelcastCluster(vertx, hazelcast), metrics);
    }

    private double refused(String reason) {
        return metrics.counter("variate.ruleset.refused.deltas", "reason", reason)
                .count();
    }

    private static IMap<String, byte[]> map() {
        return two.getMap(HazelcastRulesetCache.MAP);
    }

    private static IMap<String, EncodedRuleset> documents() {
        return two.getMap(DocumentMap.MAP);
    }

    private static <T extends @Nullable Object> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }

    private static Config configuration(int index) {
        String members = "127.0.0.1:" + PORTS.get(0) + ",127.0.0.1:" + PORTS.get(1) + ",127.0.0.1:" + PORTS.get(2);
        return ClusterConfiguration.of(
                SettingsLoader.load(
                        null,
                        Map.of(
                                "VARIATE_CLUSTER_ENABLED",
                                "true",
                                "VARIATE_CLUSTER_HOST",
                                "127.0.0.1",
                                "VARIATE_CLUSTER_PORT",
                                PORTS.get(index).toString(),
                                "VARIATE_CLUSTER_MEMBERS",
                                members)),
                true);
    }
}
