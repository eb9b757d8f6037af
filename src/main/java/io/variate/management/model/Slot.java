package io.variate.management.model;

import java.util.List;

/**
 * A part of the traffic of a mutual exclusion group. Immutable.
 *
 * @param name for people
 * @param variantKey the variant of the group for users in the slot, such as {@code slot-1}
 * @param percentage from 1 to 100
 * @param experiments ids of the experiments that only users in the slot see
 * @param holdouts ids of holdout groups in the slot
 * @param individuals ids of users and devices that are always in the slot
 * @param cohorts ids of cohorts that are always in the slot
 */
public record Slot(
        String name,
        String variantKey,
        int percentage,
        List<Long> experiments,
        List<Long> holdouts,
        List<String> individuals,
        List<String> cohorts) {
    public Slot {
        experiments = List.copyOf(experiments);
        holdouts = List.copyOf(holdouts);
        individuals = List.copyOf(individuals);
        cohorts = List.copyOf(cohorts);
    }

    /** A slot without members.
     *
     * @param index from 1
     */
    public static Slot empty(int index, int percentage) {
        return new Slot(name(index), variantKey(index), percentage, List.of(), List.of(), List.of(), List.of());
    }

    /** The name of a slot that has none of its own; the index is from 1. */
    public static String name(int index) {
        return "SLOT " + index;
    }

    /** The variant of a slot; the index is from 1. */
    public static String variantKey(int index) {
        return "slot-" + index;
    }

    /** Whether an experiment or a holdout group is in the slot. */
    public boolean contains(long member) {
        return experiments.contains(member) || holdouts.contains(member);
    }

    /** The slot with other members. */
    public Slot withMembers(
            List<Long> changedExperiments, List<Long> changedHoldouts, List<String> changedIndividuals) {
        return new Slot(name, variantKey, percentage, changedExperiments, changedHoldouts, changedIndividuals, cohorts);
    }

    /** The slot without an experiment or a holdout group. */
    public Slot without(long member) {
        return withMembers(
                experiments.stream().filter(id -> id != member).toList(),
                holdouts.stream().filter(id -> id != member).toList(),
                individuals);
    }
}
