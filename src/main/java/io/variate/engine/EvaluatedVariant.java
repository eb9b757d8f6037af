package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.Variant;
import io.variate.engine.operators.Property;
import io.variate.json.CompactMap;
import io.variate.json.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A possible result of a flag: a variant with the merged metadata of flag, segment and variant, and its encoded
 * response entry. Created when flags are compiled, once per segment, variant and reason. Effectively immutable.
 */
public final class EvaluatedVariant {

    private final int number;
    private final Flag flag;
    private final Variant variant;
    private final @Nullable Map<String, @Nullable Object> metadata;
    private final OpenFeatureReason reason;
    private final Property keyProperty;
    private final byte @Nullable [] entryV1;
    private final byte @Nullable [] entryV2;

    /** Created on first use, because few clients need it. Threads may race to create it; the results are equal. */
    private byte @Nullable [] entryReasoned;

    /**
     * @param number unique among the results of the same flags, and of earlier and later sets of flags
     * @param metadata the merged metadata; an empty map counts as null
     */
    EvaluatedVariant(
            int number, Flag flag, Variant variant, Map<String, @Nullable Object> metadata, OpenFeatureReason reason) {
        this.number = number;
        this.flag = flag;
        this.variant = variant;
        this.metadata = metadata.isEmpty() ? null : CompactMap.copyOf(metadata);
        this.reason = reason;
        this.keyProperty = new Property(variant.key());
        this.entryV2 = AnswerShape.V2.entry(this);
        byte[] v1 = AnswerShape.V1.entry(this);
        // The two entries are usually equal: keep one, because rulesets may be large.
        this.entryV1 = Arrays.equals(v1, entryV2) ? entryV2 : v1;
    }

    private EvaluatedVariant(int number, EvaluatedVariant same, OpenFeatureReason reason) {
        this.number = number;
        this.flag = same.flag;
        this.variant = same.variant;
        this.metadata = same.metadata;
        this.reason = reason;
        this.keyProperty = same.keyProperty;
        this.entryV1 = same.entryV1;
        this.entryV2 = same.entryV2;
    }

    /** Returns the same result for another reason. Both share the encoded entries, because payloads may be large. */
    EvaluatedVariant withReason(int newNumber, OpenFeatureReason other) {
        return new EvaluatedVariant(newNumber, this, other);
    }

    int number() {
        return number;
    }

    /** The key of the flag. */
    public String flagKey() {
        return flag.key();
    }

    /** The key of the variant itself, which may differ from the key that segments use. */
    public String key() {
        return variant.key();
    }

    /** The value as published: any JSON tree or null. */
    public @Nullable Object value() {
        return variant.value();
    }

    /** The value for applications: a boolean for an on/off flag, otherwise the published value. */
    @Nullable
    Object typedValue() {
        return flag.isSwitch() ? Boolean.valueOf(variant.key().equals(Variant.ON)) : variant.value();
    }

    /** The payload as published: any JSON tree or null. */
    public @Nullable Object payload() {
        return variant.payload();
    }

    /** The merged metadata, never empty, or null. */
    public @Nullable Map<String, @Nullable Object> metadata() {
        return metadata;
    }

    /** The reason for this result. */
    public OpenFeatureReason reason() {
        return reason;
    }

    /** Whether the metadata mark this variant as the default, which users get when the flag is off for them. */
    public boolean isDefault() {
        return metadata != null && Boolean.TRUE.equals(metadata.get("default"));
    }

    /** Whether clients may see the variant. A group that exists only as a dependency of other flags is not deployed. */
    public boolean isDeployed() {
        return metadata == null || !Boolean.FALSE.equals(metadata.get("deployed"));
    }

    /** Returns {@code ,"flag":{...}} in UTF-8, or null if the shape omits this variant. */
    byte @Nullable [] entry(AnswerShape shape) {
        return switch (shape) {
            case V1 -> entryV1;
            case V2 -> entryV2;
            case REASONED -> entryReasoned();
        };
    }

    private byte @Nullable [] entryReasoned() {
        byte[] entry = entryReasoned;
        if (entry == null) {
            entry = AnswerShape.REASONED.entry(this);
            entryReasoned = entry;
        }
        return entry;
    }

    Property keyProperty() {
        return keyProperty;
    }

    /** Returns the result as a JSON tree of key, value, payload and metadata, without null fields. */
    public Map<String, @Nullable Object> asTree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", key());
        putUnlessNull(tree, "value", value());
        putUnlessNull(tree, "payload", payload());
        putUnlessNull(tree, "metadata", metadata);
        return tree;
    }

    private static void putUnlessNull(Map<String, @Nullable Object> tree, String name, @Nullable Object value) {
        if (value != null) {
            tree.put(name, value);
        }
    }

    @Override
    public String toString() {
        return flagKey() + "=" + Json.write(asTree());
    }
}
