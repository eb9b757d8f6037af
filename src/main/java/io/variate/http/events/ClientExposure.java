package io.variate.http.events;

import io.variate.json.Json;
import io.variate.json.JsonSlice;
import io.variate.json.JsonSlice.Member;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An exposure as client-side SDKs name it, which Amplitude renames when it takes it in; so do we.
 *
 * <p>Source: Amplitude's documentation of event tracking, and {@code exposure.ts} of its browser SDK.
 *
 * @param flag the flag's key, as JSON
 * @param variant what the user saw, as JSON; null for a user who sees none any more
 */
record ClientExposure(String flag, @Nullable String variant, UploadedEvent event, List<Member> properties) {
    static final String TYPE = "$exposure";

    private static final int MOST = UploadedEvent.MOST_MEMBERS;
    private static final String PROPERTIES = "event_properties";
    private static final String USER_PROPERTIES = "user_properties";
    private static final String FLAG = "flag_key";
    private static final String VARIANT = "variant";
    private static final String PREFIX = "\"[Experiment] ";
    private static final Map<String, String> RENAMED = Map.of(
            FLAG, PREFIX + "Flag Key\"", VARIANT, PREFIX + "Variant\"", "experiment_key", PREFIX + "Experiment Key\"");

    /** Reads an exposure, or notes what is wrong with it and answers null. */
    static @Nullable ClientExposure read(UploadedEvent event, int index, Refusals refusals) {
        JsonSlice properties = last(event.members(), PROPERTIES);
        if (properties != null && !isFit(properties)) {
            refusals.invalid(PROPERTIES, index);
            return null;
        }
        List<Member> members = properties == null ? List.of() : properties.members(MOST);
        JsonSlice flag = last(members, FLAG);
        JsonSlice user = last(event.members(), USER_PROPERTIES);
        if (flag == null) {
            refusals.missing(FLAG, index);
        } else if (!flag.isString()) {
            refusals.invalid(FLAG, index);
        } else if (user != null && !areFit(user)) {
            refusals.invalid(USER_PROPERTIES, index);
        } else {
            JsonSlice variant = last(members, VARIANT);
            return new ClientExposure(flag.toString(), variant == null ? null : variant.toString(), event, members);
        }
        return null;
    }

    private static boolean isFit(JsonSlice value) {
        return value.isObject() && value.members(MOST + 1).size() <= MOST;
    }

    private static boolean areFit(JsonSlice user) {
        return isFit(user)
                && user.members(MOST).stream()
                        .map(Member::value)
                        .allMatch(operation -> !operation.isObject() || isFit(operation));
    }

    /** Null if there is none, or if it is null. */
    private static @Nullable JsonSlice last(List<Member> members, String name) {
        JsonSlice last = null;
        for (Member member : members) {
            if (member.name().equals(name)) {
                last = member.value().isNull() ? null : member.value();
            }
        }
        return last;
    }

    /** The event with the names that the server-side SDKs use; everything else stands where it stood. */
    EventText renamed() {
        EventText text = new EventText();
        for (Member member : event.members()) {
            switch (member.name()) {
                case "event_type" -> text.put("event_type", "[Experiment] Exposure");
                case PROPERTIES -> text.add(member.key().toString(), renamedProperties());
                case USER_PROPERTIES -> {
                    // Follow at the end.
                }
                default -> text.add(member);
            }
        }
        return text.add(Json.write(USER_PROPERTIES), userProperties());
    }

    private String renamedProperties() {
        EventText text = new EventText();
        for (Member member : properties) {
            text.add(
                    RENAMED.getOrDefault(member.name(), member.key().toString()),
                    member.value().toString());
        }
        return text.toString();
    }

    /** Beside what the client has there itself, which means {@code $set} unless it names operations. */
    private String userProperties() {
        String operation = variant == null ? "$unset" : "$set";
        JsonSlice own = last(event.members(), USER_PROPERTIES);
        List<Member> members = own == null ? List.of() : own.members(MOST);
        boolean plain = members.stream().noneMatch(member -> member.name().startsWith("$"));
        EventText text = new EventText();
        List<Member> others = List.of();
        for (Member member : plain ? List.<Member>of() : members) {
            if (member.name().equals(operation) && member.value().isObject()) {
                others = member.value().members(MOST);
            } else {
                text.add(member);
            }
        }
        if (plain && variant != null) {
            others = members;
        } else if (plain && !members.isEmpty()) {
            text.add("\"$set\"", String.valueOf(own));
        }
        return text.add(Json.write(operation), with(others)).toString();
    }

    /** Those and the property of the flag. */
    private String with(List<Member> others) {
        String property = PREFIX + flag.substring(1);
        EventText text = new EventText();
        for (Member other : others) {
            if (!other.key().toString().equals(property)) {
                text.add(other);
            }
        }
        return text.add(property, variant == null ? "\"-\"" : variant).toString();
    }
}
