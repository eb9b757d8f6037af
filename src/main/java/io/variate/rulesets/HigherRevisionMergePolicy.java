package io.variate.rulesets;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import io.variate.rulesets.document.EncodedRuleset;
import org.jspecify.annotations.Nullable;

/**
 * When a split of the cluster has healed, the ruleset of the higher revision stays. Named in {@code cluster/cluster.xml}.
 *
 * <p>Hazelcast makes instances by name and calls from threads of its own.
 */
public final class HigherRevisionMergePolicy
        implements SplitBrainMergePolicy<EncodedRuleset, MergingValue<EncodedRuleset>, EncodedRuleset> {

    @Override
    public @Nullable EncodedRuleset merge(
            MergingValue<EncodedRuleset> merging, @Nullable MergingValue<EncodedRuleset> existing) {
        EncodedRuleset mine = merging.getDeserializedValue();
        EncodedRuleset theirs = existing == null ? null : existing.getDeserializedValue();
        return theirs == null || mine.revision() > theirs.revision() ? mine : theirs;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // Nothing to tell.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // Nothing to learn.
    }
}
