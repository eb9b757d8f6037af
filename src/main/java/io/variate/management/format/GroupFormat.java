package io.variate.management.format;

import io.variate.json.Problems;
import io.variate.management.model.HoldoutGroup;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.Slot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Mutual exclusion groups and holdout groups as JSON. */
final class GroupFormat {
    private static final String EXPERIMENTS = "experiments";
    private static final String HOLDOUTS = "holdouts";
    private static final String INDIVIDUALS = "individuals";
    private static final String HOLDOUT_PERCENTAGE = "holdoutPercentage";

    private static final Set<String> MUTEX_FIELDS = Set.of(
            "id",
            "projectId",
            "name",
            "key",
            "description",
            "evaluationMode",
            "bucketingKey",
            "bucketingSalt",
            "bucketingUnit",
            "slots",
            "deleted",
            "managed");

    private static final Set<String> HOLDOUT_FIELDS = Set.of(
            "id",
            "projectId",
            "name",
            "key",
            "description",
            HOLDOUT_PERCENTAGE,
            "evaluationMode",
            "bucketingKey",
            "bucketingSalt",
            "bucketingUnit",
            "variantName",
            EXPERIMENTS,
            "individualInclusion",
            "individualExclusion",
            "deleted",
            "managed");

    private static final Set<String> SLOT_FIELDS = Set.of(
            "name", "index", "variantKey", SegmentFormat.PERCENTAGE, EXPERIMENTS, HOLDOUTS, INDIVIDUALS, "cohorts");

    private GroupFormat() {}

    static MutexGroup mutex(Fields fields) {
        fields.rejectUnknown(MUTEX_FIELDS);
        String key = fields.key("key", Limits.KEY);
        return new MutexGroup(
                ResourceReader.id(fields),
                ResourceReader.project(fields),
                key,
                fields.text("name", Limits.NAME, key),
                fields.text("description", Limits.DESCRIPTION, ""),
                FlagFormat.mode(fields),
                FlagFormat.bucketing(fields),
                slots(fields),
                fields.reader().bool("deleted", false));
    }

    private static List<Slot> slots(Fields fields) {
        List<Slot> slots = new ArrayList<>();
        Object value = fields.reader().value("slots");
        if (!(value instanceof List<?> elements) || elements.isEmpty() || elements.size() > Limits.SLOTS) {
            fields.at("slots").add("", "must be an array of 1 to " + Limits.SLOTS + " slots");
            return slots;
        }
        Set<String> keys = new HashSet<>(Set.of(MutexGroup.UNALLOCATED, "off"));
        int sum = 0;
        for (int i = 0; i < elements.size(); i++) {
            Problems place = fields.at("slots").element(i);
            Slot slot = slot(elements.get(i), i + 1, place);
            slots.add(slot);
            sum += slot.percentage();
            if (!keys.add(slot.variantKey())) {
                place.member("variantKey").add("", "must differ from other slots, and from unallocated and off");
            }
        }
        if (sum > 100) {
            fields.at("slots").add("", "must not have percentages above 100 together, have " + sum);
        }
        return slots;
    }

    private static Slot slot(@Nullable Object tree, int index, Problems problems) {
        Fields fields = Fields.of(tree, problems);
        fields.rejectUnknown(SLOT_FIELDS);
        if (fields.has("index")) {
            Fields.wholeNumber(fields.reader().value("index"), fields.at("index"), index, index);
        }
        return new Slot(
                fields.text("name", Limits.NAME, Slot.name(index)),
                fields.has("variantKey") ? fields.key("variantKey", Limits.KEY) : Slot.variantKey(index),
                tree instanceof Map ? fields.integer(SegmentFormat.PERCENTAGE, 1, 100) : 1,
                fields.ids(EXPERIMENTS, Limits.MEMBERS),
                fields.ids(HOLDOUTS, Limits.MEMBERS),
                fields.texts(INDIVIDUALS, Limits.INCLUSIONS, Limits.VALUE),
                fields.texts("cohorts", Limits.INCLUSIONS, Limits.VALUE));
    }

    /** Replaces the lists of a slot that a body has. */
    static Slot patchSlot(Slot slot, int index, @Nullable Object tree, Problems problems) {
        Fields fields = Fields.of(tree, problems);
        fields.rejectUnknown(Set.of(EXPERIMENTS, HOLDOUTS, INDIVIDUALS, "cohorts", "name"));
        Map<String, @Nullable Object> patched = write(slot, index);
        fields.reader().members().forEach((name, value) -> {
            if (value == null) {
                fields.at(name).add("", "must not be null");
            }
            patched.put(name, value);
        });
        patched.keySet().retainAll(SLOT_FIELDS);
        return slot(patched, index, problems);
    }

    static HoldoutGroup holdout(Fields fields) {
        fields.rejectUnknown(HOLDOUT_FIELDS);
        String key = fields.key("key", Limits.KEY);
        String variant = fields.has("variantName") ? fields.key("variantName", Limits.KEY) : HoldoutGroup.ON;
        if (variant.equals(HoldoutGroup.HELD_OUT) || variant.equals("off")) {
            fields.at("variantName").add("", "must be neither holdout nor off");
        }
        return new HoldoutGroup(
                ResourceReader.id(fields),
                ResourceReader.project(fields),
                key,
                fields.text("name", Limits.NAME, key),
                fields.text("description", Limits.DESCRIPTION, ""),
                fields.integer(HOLDOUT_PERCENTAGE, 1, 99),
                FlagFormat.mode(fields),
                FlagFormat.bucketing(fields),
                variant,
                fields.ids(EXPERIMENTS, Limits.MEMBERS),
                fields.texts("individualInclusion", Limits.INCLUSIONS, Limits.VALUE),
                fields.texts("individualExclusion", Limits.INCLUSIONS, Limits.VALUE),
                fields.reader().bool("deleted", false));
    }

    static Map<String, @Nullable Object> write(MutexGroup group) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        ResourceWriter.identity(group, tree);
        tree.put("name", group.name());
        tree.put("key", group.key());
        tree.put("description", group.description().isEmpty() ? null : group.description());
        tree.put("evaluationMode", group.evaluationMode().text());
        FlagFormat.writeBucketing(group.bucketing(), tree);
        List<Object> slots = new ArrayList<>();
        for (int i = 0; i < group.slots().size(); i++) {
            slots.add(write(group.slots().get(i), i + 1));
        }
        tree.put("slots", slots);
        tree.put("deleted", group.archived());
        tree.put("managed", true);
        return tree;
    }

    private static Map<String, @Nullable Object> write(Slot slot, int index) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("name", slot.name());
        tree.put("index", (long) index);
        tree.put("variantKey", slot.variantKey());
        tree.put(SegmentFormat.PERCENTAGE, (long) slot.percentage());
        tree.put(EXPERIMENTS, slot.experiments());
        tree.put(HOLDOUTS, slot.holdouts());
        tree.put(INDIVIDUALS, slot.individuals());
        tree.put("cohorts", slot.cohorts());
        return tree;
    }

    static Map<String, @Nullable Object> write(HoldoutGroup group) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        ResourceWriter.identity(group, tree);
        tree.put("name", group.name());
        tree.put("key", group.key());
        tree.put("description", group.description());
        tree.put(HOLDOUT_PERCENTAGE, (long) group.percentage());
        tree.put("evaluationMode", group.evaluationMode().text());
        FlagFormat.writeBucketing(group.bucketing(), tree);
        tree.put("variantName", group.variantName());
        tree.put(EXPERIMENTS, group.experiments());
        tree.put("individualInclusion", group.individualInclusion());
        tree.put("individualExclusion", group.individualExclusion());
        tree.put("deleted", group.archived());
        tree.put("managed", true);
        return tree;
    }
}
