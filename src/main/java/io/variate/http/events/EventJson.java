package io.variate.http.events;

import io.variate.json.Json;
import io.variate.json.JsonSlice.Member;
import java.util.List;

/** Builds the JSON text of an event; members of the client keep their exact text. */
final class EventJson {
    private final StringBuilder out = new StringBuilder("{");

    EventJson add(Member member) {
        return add(member.key().toString(), member.value().toString());
    }

    EventJson addAll(List<Member> members) {
        members.forEach(this::add);
        return this;
    }

    /** Adds a member of the server's own. */
    EventJson put(String name, Object value) {
        return add(Json.write(name), Json.write(value));
    }

    /** Adds a member whose key and value are JSON already. */
    EventJson add(String key, String value) {
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
