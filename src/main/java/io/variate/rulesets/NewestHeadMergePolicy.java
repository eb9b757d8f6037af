package io.variate.rulesets;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingEntry;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import io.variate.rulesets.rows.UnreadableRowsException;
import org.jspecify.annotations.Nullable;

/**
 * Merges the flag cache when a split of the cluster heals: keeps the head with the higher revision, and the entries that
 * either head names. Of two heads with equal revision numbers and different content, all members keep the same one.
 * Configured in {@code cluster/cluster.xml}.
 *
 * <p>Hazelcast creates instances by class name and calls them on its own threads.
 */
public final class NewestHeadMergePolicy
        implements SplitBrainMergePolicy<byte[], MergingEntry<String, byte[]>, byte[]> {

    @Override
    public byte @Nullable [] merge(
            MergingEntry<String, byte[]> merging, @Nullable MergingEntry<String, byte[]> existing) {
        byte[] mine = merging.getDeserializedValue();
        byte[] theirs = existing == null ? null : existing.getDeserializedValue();
        if (theirs == null || mine == null) {
            return theirs == null ? mine : theirs;
        }
        return HazelcastRulesetCache.HEAD.equals(merging.getKey()) && isNewer(mine, theirs) ? mine : theirs;
    }

    private static boolean isNewer(byte[] mine, byte[] theirs) {
        try {
            return CacheHead.NEWEST.compare(CacheHead.decode(mine), CacheHead.decode(theirs)) > 0;
        } catch (UnreadableRowsException e) {
            // The next check of the leader repairs a head that cannot be read.
            return false;
        }
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
