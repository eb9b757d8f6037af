package io.variate.rulesets;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import io.variate.rulesets.document.EncodedRuleset;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the ruleset with the higher revision when a split of the cluster heals. Configured in {@code cluster/cluster.xml}.
 *
 * <p>Hazelcast creates instances by class name and calls them on its own threads.
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
        // The policy has no state.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // The policy has no state.
    }
}
