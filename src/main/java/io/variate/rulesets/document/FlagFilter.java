package io.variate.rulesets.document;

import io.variate.engine.model.Flag;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags that a client requests.
 *
 * @param evaluationMode {@code local} or {@code remote}, or null for both; flags are {@code remote} by default
 * @param deliveryMethod {@code feature} or {@code web}, or null for both; flags are {@code feature} by default
 * @param keys keys of flags; unknown keys are ignored, and an empty list means all flags
 */
public record FlagFilter(
        @Nullable String evaluationMode, @Nullable String deliveryMethod, List<String> keys) {

    /** Every flag. */
    public static final FlagFilter ALL = new FlagFilter(null, null, List.of());

    static final String LOCAL = "local";
    public static final String REMOTE = "remote";

    public FlagFilter {
        keys = List.copyOf(keys);
    }

    /** Whether the filter matches every flag. */
    public boolean isAll() {
        return evaluationMode == null && deliveryMethod == null && keys.isEmpty();
    }

    /** Whether a flag has the requested evaluation mode and delivery method, whatever its key. */
    public boolean isOfKind(Flag flag) {
        return (evaluationMode == null || evaluationMode.equals(evaluationMode(flag)))
                && (deliveryMethod == null || deliveryMethod.equals(metadata(flag, "deliveryMethod", "feature")));
    }

    /** Whether SDKs may evaluate the flag themselves. */
    public static boolean isLocal(Flag flag) {
        return LOCAL.equals(evaluationMode(flag));
    }

    private static String evaluationMode(Flag flag) {
        return metadata(flag, "evaluationMode", REMOTE);
    }

    private static String metadata(Flag flag, String name, String absent) {
        Map<String, @Nullable Object> metadata = flag.metadata();
        return metadata != null && metadata.get(name) instanceof String text ? text : absent;
    }
}
