package io.variate.engine;

import io.variate.engine.model.Segment;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reason for a result, in OpenFeature terms. It is determined when flags are compiled:
 *
 * <table>
 * <caption>Deciding rule and reason</caption>
 * <tr><td>a share of the bucket of a segment</td><td>{@link #SPLIT}</td></tr>
 * <tr><td>a segment named {@code default} for every user, without bucket, with the default variant</td>
 * <td>{@link #DISABLED}</td></tr>
 * <tr><td>any other segment for every user without bucket, with no targeting or split before it</td>
 * <td>{@link #STATIC}</td></tr>
 * <tr><td>any other segment for every user, with its own variant</td><td>{@link #DEFAULT}</td></tr>
 * <tr><td>a segment with conditions whose bucket has no share for the user, with the default variant</td>
 * <td>{@link #DEFAULT}</td></tr>
 * <tr><td>any other segment with conditions, with its own variant</td><td>{@link #TARGETING_MATCH}</td></tr>
 * </table>
 *
 * <p>The default variant is the one whose merged metadata have {@code default: true}.
 */
public enum OpenFeatureReason {
    /** The conditions of a segment hold. */
    TARGETING_MATCH,
    /** The user falls into a share of a bucket. */
    SPLIT,
    /** The flag has no targeting and no split, so all users get the same variant. */
    STATIC,
    /** No rule matched. */
    DEFAULT,
    /** The flag is inactive: all users get the default variant. */
    DISABLED;

    /** The name of the only segment of an inactive flag, apart from inclusions of testers. */
    private static final String INACTIVE = "default";

    /**
     * Returns the reason for the own variant of a segment, as opposed to a share of its bucket.
     *
     * @param isFirst whether no earlier segment depends on the user
     */
    static OpenFeatureReason ofOwnVariant(Segment segment, boolean isDefault, boolean isFirst) {
        if (segment.dependsOnUser()) {
            return segment.matchesEveryUser() || (isDefault && segment.bucket() != null) ? DEFAULT : TARGETING_MATCH;
        }
        if (isDefault && isInactive(segment.metadata())) {
            return DISABLED;
        }
        return isFirst ? STATIC : DEFAULT;
    }

    private static boolean isInactive(@Nullable Map<String, @Nullable Object> metadata) {
        return metadata != null && INACTIVE.equals(metadata.get("segmentName"));
    }
}
