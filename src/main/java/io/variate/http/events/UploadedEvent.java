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
 * @param deviceId null if missing or empty; there is this or the user id
 * @param insertId null if missing or empty
 * @param members all of it but for an API key, in order
 */
record UploadedEvent(
        String type,
        @Nullable String userId,
        @Nullable String deviceId,
        @Nullable String insertId,
        List<Member> members) {

    /** Of one event, and of one object in it that is looked into. */
    static final int MOST_MEMBERS = 10_000;

    private static final String TYPE = "event_type";
    private static final String USER_ID = "user_id";
    private static final String DEVICE_ID = "device_id";
    private static final String INSERT_ID = "insert_id";

    /**
     * Reads an event, or notes what is wrong with it and answers null.
     *
     * @param index its place in the request
     * @param shortestId least length of user and device ids
     */
    static @Nullable UploadedEvent read(JsonSlice event, int index, int shortestId, Refusals refusals) {
        List<Member> members = event.isObject() ? event.members(MOST_MEMBERS + 1) : List.of();
        if (!event.isObject() || event.depth() > Json.MAX_DEPTH || members.size() > MOST_MEMBERS) {
            refusals.invalid("event", index);
            return null;
        }
        Reading reading = new Reading(index, refusals);
        members.forEach(reading::accept);
        return reading.event(shortestId);
    }

    boolean isAssignmentOrExposure() {
        return type.equals("[Experiment] Assignment") || type.equals("[Experiment] Exposure") || isClientExposure();
    }

    /** Whether it still has the names that client-side SDKs give to exposures. */
    boolean isClientExposure() {
        return type.equals(ClientExposure.TYPE);
    }

    /** What order is kept for. */
    String key() {
        return userId != null ? userId : String.valueOf(deviceId);
    }

    /** What only copies of the event have in common; empty if they cannot be told. */
    String identity() {
        if (insertId == null) {
            return "";
        }
        String whose = deviceId != null ? "d" + deviceId : "u" + userId;
        return whose.length() + whose + insertId;
    }

    boolean has(String name) {
        return members.stream().anyMatch(member -> member.name().equals(name));
    }

    private static final class Reading {
        private final int index;
        private final Refusals refusals;
        private final List<Member> members = new ArrayList<>();
        private boolean wrong;
        private @Nullable String type;
        private @Nullable String userId;
        private @Nullable String deviceId;
        private @Nullable String insertId;

        Reading(int index, Refusals refusals) {
            this.index = index;
            this.refusals = refusals;
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
                    // Passed on unread.
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
                refuse(member.name());
            }
            return null;
        }

        private void refuse(String field) {
            refusals.invalid(field, index);
            wrong = true;
        }

        @Nullable
        UploadedEvent event(int shortestId) {
            if (isTooShort(userId, shortestId)) {
                refuse(USER_ID);
            }
            if (isTooShort(deviceId, shortestId)) {
                refuse(DEVICE_ID);
            }
            if (wrong) {
                return null;
            }
            if (type == null) {
                refusals.missing(TYPE, index);
                return null;
            }
            if (userId == null && deviceId == null) {
                refusals.missing(USER_ID, index);
                return null;
            }
            return new UploadedEvent(type, userId, deviceId, insertId, members);
        }

        private static boolean isTooShort(@Nullable String id, int shortest) {
            return id != null && id.length() < shortest;
        }
    }
}
