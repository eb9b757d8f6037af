package io.variate.management.model;

import java.util.ArrayList;
import java.util.List;

/**
 * A mutual exclusion group: experiments that never have the same user, because each is in another slot. Immutable.
 *
 * @param id see {@link Resource#id}
 * @param name for people
 * @param description for people; may be empty
 * @param evaluationMode where the group is evaluated
 * @param bucketing what decides the slot of a user
 * @param slots in order; their percentages together are at most 100
 */
public record MutexGroup(
        long id,
        String project,
        String key,
        String name,
        String description,
        EvaluationMode evaluationMode,
        Bucketing bucketing,
        List<Slot> slots,
        boolean archived)
        implements Resource {
    /** The variant of users in no slot. */
    public static final String UNALLOCATED = "unallocated";

    public MutexGroup {
        slots = List.copyOf(slots);
    }

    @Override
    public ResourceKind kind() {
        return ResourceKind.MUTEX;
    }

    /** The variants of the slots that contain an experiment or a holdout group. */
    public List<String> variantsOf(long member) {
        return slots.stream()
                .filter(slot -> slot.contains(member))
                .map(Slot::variantKey)
                .toList();
    }

    @Override
    public MutexGroup withId(long changed) {
        return new MutexGroup(changed, project, key, name, description, evaluationMode, bucketing, slots, archived);
    }

    @Override
    public MutexGroup withProject(String changed) {
        return new MutexGroup(id, changed, key, name, description, evaluationMode, bucketing, slots, archived);
    }

    @Override
    public MutexGroup withArchived(boolean changed) {
        return new MutexGroup(id, project, key, name, description, evaluationMode, bucketing, slots, changed);
    }

    public MutexGroup withTexts(String changedName, String changedDescription) {
        return new MutexGroup(
                id, project, key, changedName, changedDescription, evaluationMode, bucketing, slots, archived);
    }

    public MutexGroup withSlots(List<Slot> changed) {
        return new MutexGroup(id, project, key, name, description, evaluationMode, bucketing, changed, archived);
    }

    /**
     * Replaces one slot.
     *
     * @param index from 1
     */
    public MutexGroup withSlot(int index, Slot changed) {
        List<Slot> copy = new ArrayList<>(slots);
        copy.set(index - 1, changed);
        return withSlots(copy);
    }

    /** The group without an experiment or a holdout group. */
    public MutexGroup without(long member) {
        return withSlots(slots.stream().map(slot -> slot.without(member)).toList());
    }
}
