package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that events say of a variant, whoever it was assigned to: the bytes, and what it adds to hashes. Immutable.
 *
 * <p>Does not refer to the variant that it was made of.
 */
final class VariantFragment {
    private static final String MUTUAL_EXCLUSION = "mutual-exclusion-group";

    private final String flagKey;
    private final boolean isDefault;
    private final byte[] eventProperties;
    private final byte @Nullable [] userProperty;
    private final byte @Nullable [] exposureProperties;
    private final CanonicalHash canonical;
    private final int exposureHash;
    private final long high;
    private final long low;

    private VariantFragment(EvaluatedVariant variant) {
        this.flagKey = variant.flagKey();
        this.isDefault = variant.isDefault();
        this.eventProperties = eventProperties(variant);
        this.userProperty = MUTUAL_EXCLUSION.equals(metadata(variant, "flagType")) ? null : userProperty(variant);
        this.exposureProperties = isExposed(variant) ? exposureProperties(variant) : null;
        this.canonical = new CanonicalHash()
                .add(variant.flagKey().trim())
                .add(variant.key().trim());
        this.exposureHash = new CanonicalHash().add(variant.flagKey()).hash();
        // As two strings, not as one text, in which a space could stand for the end of the key.
        JsonBytes identity = new JsonBytes().string(variant.flagKey()).string(variant.key());
        this.high = KeyedHash.HIGH.of(identity.array(), identity.length());
        this.low = KeyedHash.LOW.of(identity.array(), identity.length());
    }

    static VariantFragment of(EvaluatedVariant variant) {
        return new VariantFragment(variant);
    }

    String flagKey() {
        return flagKey;
    }

    /** Whether its user property is one to unset. */
    boolean isDefault() {
        return isDefault;
    }

    /** {@code ,"flag.variant":"on","flag.details":"v1 rule:All"}. */
    byte[] eventProperties() {
        return eventProperties;
    }

    /** {@code ,"[Experiment] flag":"on"}, or null for a mutual exclusion group. */
    byte @Nullable [] userProperty() {
        return userProperty;
    }

    /** The event properties of an exposure after a comma, or null if this variant is none to be exposed to. */
    byte @Nullable [] exposureProperties() {
        return exposureProperties;
    }

    /** Its part of the canonical form. */
    CanonicalHash canonical() {
        return canonical;
    }

    /** Hash of what an exposure puts before the canonical form. */
    int exposureHash() {
        return exposureHash;
    }

    /** Half of a hash of flag and variant key; halves of several variants are added up, in any order. */
    long high() {
        return high;
    }

    long low() {
        return low;
    }

    private static byte[] eventProperties(EvaluatedVariant variant) {
        String details = "v" + metadata(variant, "flagVersion") + " rule:" + metadata(variant, "segmentName");
        return new JsonBytes()
                .raw(',')
                .string(variant.flagKey() + ".variant")
                .raw(':')
                .string(variant.key())
                .raw(',')
                .string(variant.flagKey() + ".details")
                .raw(':')
                .string(details)
                .toByteArray();
    }

    private static byte[] userProperty(EvaluatedVariant variant) {
        return new JsonBytes()
                .raw(',')
                .string("[Experiment] " + variant.flagKey())
                .raw(':')
                .string(variant.isDefault() ? "-" : variant.key())
                .toByteArray();
    }

    private static boolean isExposed(EvaluatedVariant variant) {
        return !variant.isDefault() && !Boolean.FALSE.equals(metadata(variant, "trackExposure"));
    }

    private static byte[] exposureProperties(EvaluatedVariant variant) {
        JsonBytes properties = new JsonBytes();
        properties.raw(',').string("[Experiment] Flag Key").raw(':').string(variant.flagKey());
        properties.raw(',').string("[Experiment] Variant").raw(':').string(variant.key());
        if (metadata(variant, "experimentKey") instanceof String experiment) {
            properties.raw(',').string("[Experiment] Experiment Key").raw(':').string(experiment);
        }
        if (variant.metadata() != null) {
            properties.raw(',').string("metadata").raw(':').json(Json.write(variant.metadata()));
        }
        return properties.toByteArray();
    }

    private static @Nullable Object metadata(EvaluatedVariant variant, String name) {
        Map<String, @Nullable Object> metadata = variant.metadata();
        return metadata == null ? null : metadata.get(name);
    }
}
