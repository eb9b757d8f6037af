package io.variate.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One user's question: which variants?
 *
 * <p>Deeply immutable, since it passes by reference on one node.
 *
 * @param deploymentKey the key that selects the flags; secret for server deployments, so never printed
 * @param userId wins over the {@code user_id} of the context; an empty one is kept as null
 * @param deviceId wins over the {@code device_id} of the context; an empty one is kept as null
 * @param flagKeys flags asked for; empty means all of the deployment
 * @param context JSON text of an Amplitude user object, or null
 * @param trackAssignment whether an assignment event is recorded
 * @param trackExposure whether an exposure event is recorded for each variant of the answer
 * @param format shape of the answer
 * @param minRevision the answer is to come from this revision of the ruleset or a later one; 0 for any
 * @param deadline when nobody waits for the answer any more, by {@link System#nanoTime} of the process that is asked, or
 *     {@link #NO_DEADLINE}; no clocks of two machines are compared, see {@link EvaluatorAnnouncement}
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

    /** Version of the message this code writes; a receiver refuses a higher one. */
    public static final int VERSION = 1;

    /** Of a request that is answered however late. */
    public static final long NO_DEADLINE = 0;

    public EvaluationRequest {
        userId = emptyToNull(userId);
        deviceId = emptyToNull(deviceId);
        flagKeys = List.copyOf(flagKeys);
    }

    /** Which variants a user gets of some flags, or of all if there are none; recorded as an assignment. */
    public static EvaluationRequest of(String deploymentKey, String userId, List<String> flagKeys) {
        return new EvaluationRequest(
                deploymentKey, userId, null, flagKeys, null, true, false, AnswerFormat.V1, 0, NO_DEADLINE);
    }

    /** The same question of a user of whom more is known, as JSON text of an Amplitude user object. */
    public EvaluationRequest withContext(String known) {
        return new EvaluationRequest(
                deploymentKey,
                userId,
                deviceId,
                flagKeys,
                known,
                trackAssignment,
                trackExposure,
                format,
                minRevision,
                deadline);
    }

    /** The same question, of whose answer nothing is recorded. */
    public EvaluationRequest untracked() {
        return new EvaluationRequest(
                deploymentKey, userId, deviceId, flagKeys, context, false, false, format, minRevision, deadline);
    }

    @Override
    public EvaluationRequest until(long moment) {
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
                moment == NO_DEADLINE ? moment + 1 : moment);
    }

    /**
     * Whether nobody waits for the answer any more.
     *
     * @param now {@link System#nanoTime} of the process that is asked
     */
    public boolean hasExpired(long now) {
        return deadline != NO_DEADLINE && now - deadline > 0;
    }

    /**
     * Reads the form that any Vert.x language can send:
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
        return new EvaluationRequest(
                required(json, "deployment"),
                optional(json, "user_id", String.class),
                optional(json, "device_id", String.class),
                strings(json, "flag_keys"),
                context == null ? null : context.encode(),
                field(json, "track", Boolean.class, true),
                field(json, "track_exposure", Boolean.class, false),
                AnswerFormat.of(field(json, "format", String.class, "v1")),
                wholeNumber(json, "min_revision"),
                NO_DEADLINE);
    }

    /** The form that {@link #fromJson} reads. */
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
                throw new IllegalArgumentException(name + ": must hold strings");
            }
        }
        return array.stream().map(String.class::cast).toList();
    }

    private static long wholeNumber(JsonObject json, String name) {
        Number number = field(json, name, Number.class, 0);
        if (number.doubleValue() != number.longValue() || number.longValue() < 0) {
            throw new IllegalArgumentException(name + ": must be a whole number, 0 or more");
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
