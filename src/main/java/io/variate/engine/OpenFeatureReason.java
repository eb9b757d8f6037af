package io.variate.engine;

import io.variate.engine.model.Segment;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a flag came to its variant, in the terms of OpenFeature. Known when flags are compiled:
 *
 * <table>
 * <caption>What decided, and the reason</caption>
 * <tr><td>a share of the bucket of a segment</td><td>{@link #SPLIT}</td></tr>
 * <tr><td>a segment named {@code default}, for everyone and without bucket, with the default variant</td>
 * <td>{@link #DISABLED}</td></tr>
 * <tr><td>any other segment for everyone and without bucket, with no targeting or split before it</td>
 * <td>{@link #STATIC}</td></tr>
 * <tr><td>any other segment for everyone, with its own variant</td><td>{@link #DEFAULT}</td></tr>
 * <tr><td>a segment with conditions whose bucket had no share for the user, with the default variant</td>
 * <td>{@link #DEFAULT}</td></tr>
 * <tr><td>any other segment with conditions, with its own variant</td><td>{@link #TARGETING_MATCH}</td></tr>
 * </table>
 *
 * <p>The default variant is the one whose merged metadata have {@code default: true}.
 */
public enum OpenFeatureReason {
    /** The conditions of a segment hold. */
    TARGETING_MATCH,
    /** The user was drawn into a share. */
    SPLIT,
    /** Everyone gets the same: the flag has no targeting and no split. */
    STATIC,
    /** No rule matched. */
    DEFAULT,
    /** The flag is not active: nobody gets anything else. */
    DISABLED;

    /** The name of the segment that is all an inactive flag consists of, but perhaps for inclusions of testers. */
    private static final String INACTIVE = "default";

    /**
     * The reason of what a segment assigns by itself, rather than by a share of its bucket.
     *
     * @param isFirst whether no segment before it depends on the user
     */
    static OpenFeatureReason ofOwnVariant(Segment segment, boolean isDefault, boolean isFirst) {
        if (segment.dependsOnUser()) {
            return segment.takesEveryone() || (isDefault && segment.bucket() != null) ? DEFAULT : TARGETING_MATCH;
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
