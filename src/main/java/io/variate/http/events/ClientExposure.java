package io.variate.http.events;

import io.variate.json.Json;
import io.variate.json.JsonSlice;
import io.variate.json.JsonSlice.Member;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An exposure with the names that client-side SDKs use. Amplitude renames it on ingestion, and so does Variate.
 *
 * <p>Source: Amplitude's documentation of event tracking, and {@code exposure.ts} of its browser SDK.
 *
 * @param flag the flag's key, as JSON
 * @param variant the variant shown, as JSON; null if the user no longer has one
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

    /** Reads an exposure; if it is invalid, adds the errors to {@code rejected} and returns null. */
    static @Nullable ClientExposure read(UploadedEvent event, int index, RejectedEvents rejected) {
        JsonSlice properties = last(event.members(), PROPERTIES);
        if (properties != null && !isValid(properties)) {
            rejected.addInvalid(PROPERTIES, index);
            return null;
        }
        List<Member> members = properties == null ? List.of() : properties.members(MOST);
        JsonSlice flag = last(members, FLAG);
        JsonSlice user = last(event.members(), USER_PROPERTIES);
        if (flag == null) {
            rejected.addMissing(FLAG, index);
        } else if (!flag.isString()) {
            rejected.addInvalid(FLAG, index);
        } else if (user != null && !areValidUserProperties(user)) {
            rejected.addInvalid(USER_PROPERTIES, index);
        } else {
            JsonSlice variant = last(members, VARIANT);
            return new ClientExposure(flag.toString(), variant == null ? null : variant.toString(), event, members);
        }
        return null;
    }

    private static boolean isValid(JsonSlice value) {
        return value.isObject() && value.members(MOST + 1).size() <= MOST;
    }

    private static boolean areValidUserProperties(JsonSlice user) {
        return isValid(user)
                && user.members(MOST).stream()
                        .map(Member::value)
                        .allMatch(operation -> !operation.isObject() || isValid(operation));
    }

    /** The last member of that name; null if there is none or its value is null. */
    private static @Nullable JsonSlice last(List<Member> members, String name) {
        JsonSlice last = null;
        for (Member member : members) {
            if (member.name().equals(name)) {
                last = member.value().isNull() ? null : member.value();
            }
        }
        return last;
    }

    /** The event with the names that server-side SDKs use; everything else stays in place. */
    EventJson renamed() {
        EventJson text = new EventJson();
        for (Member member : event.members()) {
            switch (member.name()) {
                case "event_type" -> text.put("event_type", "[Experiment] Exposure");
                case PROPERTIES -> text.add(member.key().toString(), renamedProperties());
                case USER_PROPERTIES -> {
                    // Added at the end.
                }
                default -> text.add(member);
            }
        }
        return text.add(Json.write(USER_PROPERTIES), userProperties());
    }

    private String renamedProperties() {
        EventJson text = new EventJson();
        for (Member member : properties) {
            text.add(
                    RENAMED.getOrDefault(member.name(), member.key().toString()),
                    member.value().toString());
        }
        return text.toString();
    }

    /** The client's own user properties, which mean {@code $set} unless they name operations, and the flag's property. */
    private String userProperties() {
        String operation = variant == null ? "$unset" : "$set";
        JsonSlice own = last(event.members(), USER_PROPERTIES);
        List<Member> members = own == null ? List.of() : own.members(MOST);
        boolean plain = members.stream().noneMatch(member -> member.name().startsWith("$"));
        EventJson text = new EventJson();
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

    /** Adds the property of the flag, which replaces one of the same name. */
    private String with(List<Member> others) {
        String property = PREFIX + flag.substring(1);
        EventJson text = new EventJson();
        for (Member other : others) {
            if (!other.key().toString().equals(property)) {
                text.add(other);
            }
        }
        return text.add(property, variant == null ? "\"-\"" : variant).toString();
    }
}
