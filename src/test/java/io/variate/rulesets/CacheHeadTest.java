package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.MapConfig;
import io.variate.cluster.ClusterConfiguration;
import io.variate.config.SettingsLoader;
import io.variate.rulesets.rows.Digest;
import io.variate.rulesets.rows.Revision;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RulesetDelta;
import io.variate.rulesets.rows.UnreadableRowsException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheHeadTest {

    @Test
    void readsWhatItWrites() {
        CacheHead head = upTo(20);
        assertThat(CacheHead.decode(head.encode())).isEqualTo(head);
        CacheHead anchored = head.anchored(9_000).plus(delta(20), 100);
        assertThat(CacheHead.decode(anchored.encode())).isEqualTo(anchored);
    }

    /** Nodes of different versions exchange these bytes in a rolling upgrade. */
    @Test
    void keepsItsFormat() {
        assertThat(HexFormat.of().formatHex(upTo(2).encode()))
                .isEqualTo("0101680200000000000000020000000000000002018701e807010a0102ff21");
    }

    @Test
    void rejectsTruncatedBytesAndUnknownVersions() {
        byte[] whole = upTo(3).encode();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> CacheHead.decode(cut)).isInstanceOf(UnreadableRowsException.class);
        }
        whole[0] = 9;
        assertThatThrownBy(() -> CacheHead.decode(whole)).hasMessageContaining("version 9");
    }

    @Test
    void boundsTheDeltasSinceTheAnchor() {
        CacheHead head = upTo(1 + CacheHead.MAX_LINKS_SINCE_ANCHOR);
        assertThat(head.needsAnchor()).isFalse();
        CacheHead full = head.plus(delta(1 + CacheHead.MAX_LINKS_SINCE_ANCHOR), 10);
        assertThat(full.needsAnchor()).isTrue();
        assertThat(full.anchored(1_000).needsAnchor()).isFalse();
        assertThat(full.anchored(1_000).since(revision(3))).hasSize(CacheHead.MAX_LINKS_SINCE_ANCHOR - 1);
        assertThat(CacheHead.ofWhole(revision(1), 1_000_000)
                        .plus(delta(1), 499_999)
                        .needsAnchor())
                .isFalse();
        assertThat(CacheHead.ofWhole(revision(1), 1_000_000)
                        .plus(delta(1), 500_001)
                        .needsAnchor())
                .isTrue();
    }

    @Test
    void aHealedSplitKeepsTheHigherRevision() {
        byte[] six = upTo(6).encode();
        byte[] seven = upTo(7).encode();
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, six, seven)).isEqualTo(seven);
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, seven, six)).isEqualTo(seven);
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, seven, null)).isEqualTo(seven);
    }

    @Test
    void aHealedSplitKeepsTheSameOfTwoHeadsWithEqualNumbersOnAllMembers() {
        byte[] one =
                CacheHead.ofWhole(new Revision("file", 7, new Digest(1, 0)), 5).encode();
        byte[] two =
                CacheHead.ofWhole(new Revision("file", 7, new Digest(-1, 0)), 5).encode();
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, one, two)).isEqualTo(two);
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, two, one)).isEqualTo(two);
        byte[] unknown =
                CacheHead.ofWhole(new Revision("", 7, new Digest(-2, 0)), 5).encode();
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, unknown, one)).isEqualTo(one);
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, one, unknown)).isEqualTo(one);
    }

    @Test
    void aHealedSplitKeepsEntriesAndToleratesGarbage() {
        byte[] bytes = {1, 2};
        assertThat(SimulatedMap.merge("delta-7-1@ruleset", bytes, null)).isEqualTo(bytes);
        assertThat(SimulatedMap.merge(HazelcastRulesetCache.HEAD, bytes, upTo(2).encode()))
                .isEqualTo(upTo(2).encode());
    }

    @Test
    void isConfiguredForNodes() {
        MapConfig map = ClusterConfiguration.of(SettingsLoader.load(null, Map.of()), true)
                .getMapConfig(HazelcastRulesetCache.MAP);
        assertThat(map.getMergePolicyConfig().getPolicy()).isEqualTo(NewestHeadMergePolicy.class.getName());
    }

    private static CacheHead upTo(long number) {
        CacheHead head = CacheHead.ofWhole(revision(1), 1_000);
        for (long from = 1; from < number; from++) {
            head = head.plus(delta(from), 10);
        }
        return head;
    }

    private static Revision revision(long number) {
        return new Revision("h", number, new Digest(number, number));
    }

    private static RulesetDelta delta(long from) {
        return new RulesetDelta(revision(from), revision(from + 1), RowChanges.NONE);
    }
}
