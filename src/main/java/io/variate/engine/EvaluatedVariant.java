package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.Variant;
import io.variate.engine.operators.Property;
import io.variate.json.Json;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a flag can come to: a variant with the metadata of flag, segment and variant merged, and its place in answers
 * already encoded. Made when flags are compiled, one for each segment, variant and reason. Immutable as far as callers
 * can tell.
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

    /** Made when first asked for, since few ask. Threads may race to make it, and make equal ones. */
    private byte @Nullable [] entryReasoned;

    /**
     * @param number that no other result of the same flags has
     * @param metadata merged, and owned by this object from now on; without entries it counts as null
     */
    EvaluatedVariant(
            int number, Flag flag, Variant variant, Map<String, @Nullable Object> metadata, OpenFeatureReason reason) {
        this.number = number;
        this.flag = flag;
        this.variant = variant;
        this.metadata = metadata.isEmpty() ? null : Collections.unmodifiableMap(metadata);
        this.reason = reason;
        this.keyProperty = new Property(variant.key());
        this.entryV2 = AnswerShape.V2.entry(this);
        byte[] v1 = AnswerShape.V1.entry(this);
        // Mostly the same, and kept once: rulesets may be large.
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

    /** The same result for another reason; payloads may be large, so what is encoded is shared. */
    EvaluatedVariant withReason(int newNumber, OpenFeatureReason other) {
        return new EvaluatedVariant(newNumber, this, other);
    }

    int number() {
        return number;
    }

    public String flagKey() {
        return flag.key();
    }

    /** The key of the variant itself, which need not be the one that segments name it by. */
    public String key() {
        return variant.key();
    }

    /** The value as the flag has it; any JSON tree or null. */
    public @Nullable Object value() {
        return variant.value();
    }

    /** The value as an application may use it: true or false where the flag is no more than on or off. */
    @Nullable
    Object typedValue() {
        return flag.isSwitch() ? Boolean.valueOf(variant.key().equals(Variant.ON)) : variant.value();
    }

    public @Nullable Object payload() {
        return variant.payload();
    }

    /** The merged metadata, never empty, or null. */
    public @Nullable Map<String, @Nullable Object> metadata() {
        return metadata;
    }

    /** How the flag came to it. */
    public OpenFeatureReason reason() {
        return reason;
    }

    /** Whether the metadata mark this as the variant of those whom the flag is off for. */
    public boolean isDefault() {
        return metadata != null && Boolean.TRUE.equals(metadata.get("default"));
    }

    /** Whether clients may see it; groups that exist only for other flags to depend on are not deployed. */
    public boolean isDeployed() {
        return metadata == null || !Boolean.FALSE.equals(metadata.get("deployed"));
    }

    /** {@code ,"flag":{...}} in UTF-8, or null if the shape leaves this variant out. */
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

    /** The result as a JSON tree: key, value, payload and metadata, without those that are null. */
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
