package io.variate.assignments;

import io.variate.engine.EvaluatedVariant;
import io.variate.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The encoded part of an event that depends on the variant only, and the variant's part of hashes. Immutable.
 *
 * <p>Holds no reference to the variant, so that it can be collected.
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
        // Two JSON strings, because a separator within one string could also be part of a key.
        JsonBytes identity = new JsonBytes().string(variant.flagKey()).string(variant.key());
        this.high = IdentityHash.HIGH.hash(identity.array(), identity.length());
        this.low = IdentityHash.LOW.hash(identity.array(), identity.length());
    }

    static VariantFragment of(EvaluatedVariant variant) {
        return new VariantFragment(variant);
    }

    String flagKey() {
        return flagKey;
    }

    /** Whether events unset the user property of this variant. */
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

    /** The event properties of an exposure, with a leading comma; null if this variant has no exposure. */
    byte @Nullable [] exposureProperties() {
        return exposureProperties;
    }

    /** The variant's part of the canonical form. */
    CanonicalHash canonical() {
        return canonical;
    }

    /** Hash of the text that an exposure prepends to the canonical form. */
    int exposureHash() {
        return exposureHash;
    }

    /** High half of a hash of flag key and variant key. The halves of several variants are summed, in any order. */
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
