package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.MapConfig;
import com.hazelcast.spi.merge.MergingValue;
import io.variate.cluster.ClusterConfiguration;
import io.variate.config.SettingsLoader;
import io.variate.rulesets.document.EncodedRuleset;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HigherRevisionMergePolicyTest {
    private final HigherRevisionMergePolicy policy = new HigherRevisionMergePolicy();

    @Test
    void keepsTheHigherRevisionOfEitherSide() {
        assertThat(policy.merge(value(7), value(6))).isEqualTo(ruleset(7));
        assertThat(policy.merge(value(6), value(7))).isEqualTo(ruleset(7));
    }

    @Test
    void keepsARulesetThatOnlyOneSideHas() {
        assertThat(policy.merge(value(3), null)).isEqualTo(ruleset(3));
    }

    @Test
    void isConfiguredForNodes() {
        MapConfig map = ClusterConfiguration.of(SettingsLoader.load(null, Map.of()), true)
                .getMapConfig("variate.ruleset");
        assertThat(map.getMergePolicyConfig().getPolicy()).isEqualTo(HigherRevisionMergePolicy.class.getName());
    }

    private static EncodedRuleset ruleset(long revision) {
        return new EncodedRuleset(revision, "{}");
    }

    private static MergingValue<EncodedRuleset> value(long revision) {
        return new MergingValue<>() {
            @Override
            public EncodedRuleset getRawValue() {
                return ruleset(revision);
            }

            @Override
            public @Nullable EncodedRuleset getDeserializedValue() {
                return ruleset(revision);
            }
        };
    }
}
