package io.variate.http.events;

import io.variate.json.Json;
import io.variate.json.JsonSlice.Member;
import java.util.List;

/** Puts the text of an event together, of parts that stay as they were written. */
final class EventText {
    private final StringBuilder out = new StringBuilder("{");

    EventText add(Member member) {
        return add(member.key().toString(), member.value().toString());
    }

    EventText addAll(List<Member> members) {
        members.forEach(this::add);
        return this;
    }

    /** Adds a member of ours. */
    EventText put(String name, Object value) {
        return add(Json.write(name), Json.write(value));
    }

    /** Adds a member of two texts that are JSON already. */
    EventText add(String key, String value) {
        if (out.length() > 1) {
            out.append(',');
        }
        out.append(key).append(':').append(value);
        return this;
    }

    @Override
    public String toString() {
        return out + "}";
    }
}
