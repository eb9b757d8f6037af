package io.variate.http.events;

import io.variate.json.Json;
import io.variate.json.JsonSlice;
import io.variate.json.JsonSlice.Member;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event as a client sent it.
 *
 * @param type its {@code event_type}
 * @param userId null if missing or empty
 * @param deviceId null if missing or empty; an event has this or the user id
 * @param insertId null if missing or empty
 * @param members all members in order, without an API key
 */
record UploadedEvent(
        String type,
        @Nullable String userId,
        @Nullable String deviceId,
        @Nullable String insertId,
        List<Member> members) {

    /** In an event, and in an object of it that is inspected. */
    static final int MOST_MEMBERS = 10_000;

    private static final String TYPE = "event_type";
    private static final String USER_ID = "user_id";
    private static final String DEVICE_ID = "device_id";
    private static final String INSERT_ID = "insert_id";

    /**
     * Reads an event; if it is invalid, adds the errors to {@code rejected} and returns null.
     *
     * @param index position in the upload
     * @param minIdLength minimum length of user and device ids, in characters
     */
    static @Nullable UploadedEvent read(JsonSlice event, int index, int minIdLength, RejectedEvents rejected) {
        List<Member> members = event.isObject() ? event.members(MOST_MEMBERS + 1) : List.of();
        if (!event.isObject() || event.depth() > Json.MAX_DEPTH || members.size() > MOST_MEMBERS) {
            rejected.addInvalid("event", index);
            return null;
        }
        Reading reading = new Reading(index, rejected);
        members.forEach(reading::accept);
        return reading.event(minIdLength);
    }

    boolean isAssignmentOrExposure() {
        return type.equals("[Experiment] Assignment") || type.equals("[Experiment] Exposure") || isClientExposure();
    }

    /** Whether it is an exposure with the names that client-side SDKs use. */
    boolean isClientExposure() {
        return type.equals(ClientExposure.TYPE);
    }

    /** The Kafka key: events of one key stay in order. */
    String key() {
        return userId != null ? userId : String.valueOf(deviceId);
    }

    /** Identifies copies of the event, for deduplication; empty without an insert id. */
    String identity() {
        if (insertId == null) {
            return "";
        }
        String sender = deviceId != null ? "d" + deviceId : "u" + userId;
        return sender.length() + sender + insertId;
    }

    boolean has(String name) {
        return members.stream().anyMatch(member -> member.name().equals(name));
    }

    /** The event without the members of that name. */
    UploadedEvent without(String name) {
        List<Member> rest =
                members.stream().filter(member -> !member.name().equals(name)).toList();
        return new UploadedEvent(type, userId, deviceId, insertId, rest);
    }

    private static final class Reading {
        private final int index;
        private final RejectedEvents rejected;
        private final List<Member> members = new ArrayList<>();
        private boolean invalid;
        private @Nullable String type;
        private @Nullable String userId;
        private @Nullable String deviceId;
        private @Nullable String insertId;

        Reading(int index, RejectedEvents rejected) {
            this.index = index;
            this.rejected = rejected;
        }

        void accept(Member member) {
            switch (member.name()) {
                case "api_key" -> {
                    return;
                }
                case TYPE -> type = text(member);
                case USER_ID -> userId = text(member);
                case DEVICE_ID -> deviceId = text(member);
                case INSERT_ID -> insertId = text(member);
                default -> {
                    // Passed through.
                }
            }
            members.add(member);
        }

        private @Nullable String text(Member member) {
            if (member.value().isString()) {
                String text = member.value().string();
                return text.isEmpty() ? null : text;
            }
            if (!member.value().isNull()) {
                reject(member.name());
            }
            return null;
        }

        private void reject(String field) {
            rejected.addInvalid(field, index);
            invalid = true;
        }

        @Nullable
        UploadedEvent event(int minIdLength) {
            if (isTooShort(userId, minIdLength)) {
                reject(USER_ID);
            }
            if (isTooShort(deviceId, minIdLength)) {
                reject(DEVICE_ID);
            }
            if (invalid) {
                return null;
            }
            if (type == null) {
                rejected.addMissing(TYPE, index);
                return null;
            }
            if (userId == null && deviceId == null) {
                rejected.addMissing(USER_ID, index);
                return null;
            }
            return new UploadedEvent(type, userId, deviceId, insertId, members);
        }

        private static boolean isTooShort(@Nullable String id, int minLength) {
            return id != null && id.length() < minLength;
        }
    }
}
