package io.variate.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for one user's variants.
 *
 * <p>Deeply immutable, because it passes by reference within a node. Build one with {@link #builder}.
 *
 * @param deploymentKey the key that selects the flags; secret for server deployments, so never printed
 * @param userId overrides {@code user_id} of the context; an empty id is stored as null
 * @param deviceId overrides {@code device_id} of the context; an empty id is stored as null
 * @param flagKeys flags to evaluate; empty means all flags of the deployment
 * @param context JSON text of an Amplitude user object, or null
 * @param trackAssignment whether to record an assignment event
 * @param trackExposure whether to record an exposure event for each variant of the answer
 * @param format shape of the answer
 * @param minRevision lowest ruleset revision that may answer; 0 for any
 * @param deadline when the request expires, in {@link System#nanoTime} of the receiving process, or {@link #NO_DEADLINE};
 *     no protocol step compares clocks of two machines, see {@link EvaluatorAnnouncement}
 */
public record EvaluationRequest(
        String deploymentKey,
        @Nullable String userId,
        @Nullable String deviceId,
        List<String> flagKeys,
        @Nullable String context,
        boolean trackAssignment,
        boolean trackExposure,
        AnswerFormat format,
        long minRevision,
        long deadline)
        implements Expiring<EvaluationRequest> {

    /** Version of the message that this code writes; a receiver rejects a higher one. */
    public static final int VERSION = 1;

    /** Deadline of a request that never expires. */
    public static final long NO_DEADLINE = 0;

    public EvaluationRequest {
        userId = emptyToNull(userId);
        deviceId = emptyToNull(deviceId);
        flagKeys = List.copyOf(flagKeys);
    }

    /** Starts a request for all flags of a deployment, in format {@link AnswerFormat#V1}, recorded as an assignment. */
    public static Builder builder(String deploymentKey) {
        return new Builder(deploymentKey);
    }

    /** A request for some flags, or for all if the list is empty, recorded as an assignment. */
    public static EvaluationRequest of(String deploymentKey, String userId, List<String> flagKeys) {
        return builder(deploymentKey).userId(userId).flagKeys(flagKeys).build();
    }

    /** This request with another context, the JSON text of an Amplitude user object. */
    public EvaluationRequest withContext(String user) {
        return toBuilder().context(user).build();
    }

    /** This request without assignment and exposure events. */
    public EvaluationRequest untracked() {
        return toBuilder().trackAssignment(false).trackExposure(false).build();
    }

    @Override
    public EvaluationRequest until(long moment) {
        return toBuilder().deadline(moment == NO_DEADLINE ? moment + 1 : moment).build();
    }

    /** A builder that starts with the values of this request. */
    public Builder toBuilder() {
        return new Builder(deploymentKey)
                .userId(userId)
                .deviceId(deviceId)
                .flagKeys(flagKeys)
                .context(context)
                .trackAssignment(trackAssignment)
                .trackExposure(trackExposure)
                .format(format)
                .minRevision(minRevision)
                .deadline(deadline);
    }

    /** Collects the values of a request. The components of {@link EvaluationRequest} describe them. Not thread-safe. */
    public static final class Builder {
        private String deploymentKey;
        private @Nullable String userId;
        private @Nullable String deviceId;
        private List<String> flagKeys = List.of();
        private @Nullable String context;
        private boolean trackAssignment = true;
        private boolean trackExposure;
        private AnswerFormat format = AnswerFormat.V1;
        private long minRevision;
        private long deadline = NO_DEADLINE;

        private Builder(String deploymentKey) {
            this.deploymentKey = deploymentKey;
        }

        /** Replaces the key that the builder was made with. */
        public Builder deploymentKey(String key) {
            deploymentKey = key;
            return this;
        }

        /** Defaults to null. */
        public Builder userId(@Nullable String id) {
            userId = id;
            return this;
        }

        /** Defaults to null. */
        public Builder deviceId(@Nullable String id) {
            deviceId = id;
            return this;
        }

        /** Defaults to all flags of the deployment. */
        public Builder flagKeys(List<String> keys) {
            flagKeys = keys;
            return this;
        }

        /** Defaults to null. */
        public Builder context(@Nullable String user) {
            context = user;
            return this;
        }

        /** Defaults to true. */
        public Builder trackAssignment(boolean track) {
            trackAssignment = track;
            return this;
        }

        /** Defaults to false. */
        public Builder trackExposure(boolean track) {
            trackExposure = track;
            return this;
        }

        /** Defaults to {@link AnswerFormat#V1}. */
        public Builder format(AnswerFormat answerFormat) {
            format = answerFormat;
            return this;
        }

        /** Defaults to 0, any revision. */
        public Builder minRevision(long revision) {
            minRevision = revision;
            return this;
        }

        /** Defaults to {@link EvaluationRequest#NO_DEADLINE}. Clients set it themselves. */
        public Builder deadline(long nanoTime) {
            deadline = nanoTime;
            return this;
        }

        /** The request. The builder can be used again. */
        public EvaluationRequest build() {
            return new EvaluationRequest(
                    deploymentKey,
                    userId,
                    deviceId,
                    flagKeys,
                    context,
                    trackAssignment,
                    trackExposure,
                    format,
                    minRevision,
                    deadline);
        }
    }

    /**
     * Whether the deadline has passed.
     *
     * @param now {@link System#nanoTime} of the receiving process
     */
    public boolean hasExpired(long now) {
        return deadline != NO_DEADLINE && now - deadline > 0;
    }

    /**
     * Reads the JSON form, which any Vert.x language can send:
     *
     * <pre>{@code
     * {"version": 1, "deployment": "server-…", "user_id"?: "…", "device_id"?: "…", "flag_keys"?: ["…"],
     *  "context"?: {…user object…}, "track"?: true, "track_exposure"?: false, "format"?: "v1" | "v2" | "reasoned",
     *  "min_revision"?: 7}
     * }</pre>
     *
     * @throws UnsupportedVersionException for a version above {@link #VERSION}
     * @throws IllegalArgumentException if a field is missing or of a wrong type; the message names it
     */
    public static EvaluationRequest fromJson(JsonObject json) {
        int version = field(json, "version", Number.class, 1).intValue();
        if (version > VERSION) {
            throw new UnsupportedVersionException(version);
        }
        JsonObject context = optional(json, "context", JsonObject.class);
        return builder(required(json, "deployment"))
                .userId(optional(json, "user_id", String.class))
                .deviceId(optional(json, "device_id", String.class))
                .flagKeys(strings(json, "flag_keys"))
                .context(context == null ? null : context.encode())
                .trackAssignment(field(json, "track", Boolean.class, true))
                .trackExposure(field(json, "track_exposure", Boolean.class, false))
                .format(AnswerFormat.of(field(json, "format", String.class, "v1")))
                .minRevision(nonNegativeInteger(json, "min_revision"))
                .build();
    }

    /** The JSON form, which {@link #fromJson} reads. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("version", VERSION).put("deployment", deploymentKey);
        if (userId != null) {
            json.put("user_id", userId);
        }
        if (deviceId != null) {
            json.put("device_id", deviceId);
        }
        if (context != null) {
            json.put("context", new JsonObject(context));
        }
        if (minRevision > 0) {
            json.put("min_revision", minRevision);
        }
        return json.put("flag_keys", new JsonArray(flagKeys))
                .put("track", trackAssignment)
                .put("track_exposure", trackExposure)
                .put("format", format.text());
    }

    private static @Nullable String emptyToNull(@Nullable String id) {
        return id == null || id.isEmpty() ? null : id;
    }

    private static String required(JsonObject json, String name) {
        String value = optional(json, name, String.class);
        if (value == null) {
            throw new IllegalArgumentException(name + ": is missing");
        }
        return value;
    }

    private static List<String> strings(JsonObject json, String name) {
        JsonArray array = field(json, name, JsonArray.class, new JsonArray());
        for (Object element : array) {
            if (!(element instanceof String)) {
                throw new IllegalArgumentException(name + ": must be an array of strings");
            }
        }
        return array.stream().map(String.class::cast).toList();
    }

    private static long nonNegativeInteger(JsonObject json, String name) {
        Number number = field(json, name, Number.class, 0);
        if (number.doubleValue() != number.longValue() || number.longValue() < 0) {
            throw new IllegalArgumentException(name + ": must be an integer of at least 0");
        }
        return number.longValue();
    }

    private static <T> T field(JsonObject json, String name, Class<T> type, T fallback) {
        T value = optional(json, name, type);
        return value == null ? fallback : value;
    }

    private static <T> @Nullable T optional(JsonObject json, String name, Class<T> type) {
        Object value = json.getValue(name);
        if (value != null && !type.isInstance(value)) {
            throw new IllegalArgumentException(name + ": must be a " + type.getSimpleName());
        }
        return type.cast(value);
    }

    @Override
    public String toString() {
        return "EvaluationRequest[" + format + ", flagKeys=" + flagKeys + ", track=" + trackAssignment + "]";
    }
}
