package io.variate.management.translation;

/**
 * What a compiler must know beside resources. Immutable.
 *
 * @param amplitudeId what {@code amplitude_id} means as a bucketing key
 */
public record CompilerSettings(AmplitudeId amplitudeId) {
    public static final CompilerSettings DEFAULT = new CompilerSettings(AmplitudeId.BOTH);

    /** What Amplitude's own id of a user means on a server that does not know it. */
    public enum AmplitudeId {
        /** It is an error. */
        REFUSE,
        USER_ID,
        DEVICE_ID,
        /** {@code user_id} of users who have one, else {@code device_id}: a login assigns the user again. */
        BOTH
    }
}
