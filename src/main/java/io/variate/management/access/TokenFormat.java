package io.variate.management.access;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.store.StoredToken;
import io.variate.store.TokenFields;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes tokens as JSON. Projects have their ids of the management API. */
public final class TokenFormat {
    private static final String NAME = "name";
    private static final String ROLE = "role";
    private static final String PROJECTS = "projects";
    private static final String DEPLOYMENTS = "deployments";
    private static final String KEY_PREFIXES = "keyPrefixes";
    private static final String EXPIRES_AT = "expiresAt";
    private static final Set<String> FIELDS = Set.of(NAME, ROLE, PROJECTS, DEPLOYMENTS, KEY_PREFIXES, EXPIRES_AT);

    private static final int LONGEST_TEXT = 256;
    private static final int LONGEST_NAME = 128;
    private static final int MOST_ELEMENTS = 100;
    private static final int LAST_YEAR = 9999;

    private final ObjectReader body;
    private final @Nullable TokenFields present;

    private TokenFormat(ObjectReader body, @Nullable TokenFields present) {
        this.body = body;
        this.present = present;
    }

    /**
     * Reads the fields of a token.
     *
     * @param json a JSON object
     * @param present the token to change, whose fields apply where the object has none; null for a new token, which needs a
     *     name and a role
     * @param now an expiry must be later
     * @throws InvalidTokenException with all problems
     */
    public static TokenFields read(String json, @Nullable TokenFields present, Instant now) {
        List<Problem> found = new ArrayList<>();
        try {
            ObjectReader body = ObjectReader.of(Json.parseStrict(json), new Problems("", found));
            // If it is not an object, that is the only problem.
            if (found.isEmpty()) {
                TokenFields fields = new TokenFormat(body, present).read(now);
                if (found.isEmpty()) {
                    return fields;
                }
            }
        } catch (JsonException e) {
            found.add(new Problem(e.path(), String.valueOf(e.getMessage())));
        }
        throw new InvalidTokenException(found);
    }

    private TokenFields read(Instant now) {
        body.rejectUnknownFields(FIELDS);
        String role = role();
        TokenFields fields = new TokenFields(
                name(),
                role,
                projects(),
                texts(DEPLOYMENTS, present == null ? Set.of() : present.deployments()),
                texts(KEY_PREFIXES, present == null ? Set.of() : present.keyPrefixes()),
                expiry(now));
        if (!role.equals(Role.EDITOR.text())) {
            requireNone(DEPLOYMENTS, fields.deployments());
            requireNone(KEY_PREFIXES, fields.keyPrefixes());
        }
        return fields;
    }

    private void requireNone(String name, Set<String> limits) {
        if (!limits.isEmpty()) {
            body.problem(name, "must be empty unless the role is \"editor\": it limits writes to flags only");
        }
    }

    private String name() {
        if (present != null && body.value(NAME) == null) {
            return present.name();
        }
        String name = body.nonEmptyString(NAME);
        if (name.length() > LONGEST_NAME) {
            body.problem(NAME, "must have at most " + LONGEST_NAME + " characters");
        } else if (!isPrintable(name) || !name.equals(name.strip())) {
            body.problem(NAME, "must contain no control characters, and neither start nor end with a space");
        } else if (name.equals(Caller.admin().name())) {
            body.problem(NAME, "is the name of the token in the settings");
        }
        return name;
    }

    private String role() {
        if (present != null && body.value(ROLE) == null) {
            return present.role();
        }
        String name = body.string(ROLE);
        for (Role role : Role.values()) {
            if (role.text().equals(name)) {
                return name;
            }
        }
        if (body.value(ROLE) instanceof String) {
            body.problem(ROLE, "must be \"viewer\", \"editor\" or \"admin\"");
        }
        return name;
    }

    private Set<String> projects() {
        if (body.value(PROJECTS) == null) {
            return present == null ? Set.of() : present.projects();
        }
        Set<String> keys = new LinkedHashSet<>();
        for (String id : texts(PROJECTS, Set.of())) {
            if (!ProjectKeys.isValid(id)) {
                body.problem(PROJECTS, "must be ids of projects; \"1\" is the project without a name");
            }
            keys.add(ProjectKeys.ofId(id));
        }
        return keys;
    }

    private Set<String> texts(String name, Set<String> absent) {
        List<String> texts = body.optionalList(name, TokenFormat::text);
        if (texts == null) {
            return absent;
        }
        if (texts.size() > MOST_ELEMENTS) {
            body.problem(name, "must have at most " + MOST_ELEMENTS + " elements");
        }
        return new LinkedHashSet<>(texts);
    }

    private static String text(@Nullable Object value, Problems place) {
        String text = ObjectReader.string(value, place);
        if (value instanceof String) {
            if (text.isEmpty() || text.length() > LONGEST_TEXT) {
                place.add("", "must have 1 to " + LONGEST_TEXT + " characters");
            } else if (!isPrintable(text)) {
                place.add("", "must contain no control characters");
            }
        }
        return text;
    }

    /** Whether a text fits a log line and the database: without control characters and lone surrogates. */
    private static boolean isPrintable(String text) {
        return text.codePoints()
                .noneMatch(each -> Character.isISOControl(each)
                        || Character.getType(each) == Character.SURROGATE
                        || Character.getType(each) == Character.LINE_SEPARATOR
                        || Character.getType(each) == Character.PARAGRAPH_SEPARATOR);
    }

    /** An explicit null removes the expiry. */
    private @Nullable Instant expiry(Instant now) {
        if (present != null && !body.members().containsKey(EXPIRES_AT)) {
            return present.expiresAt();
        }
        String text = body.optionalString(EXPIRES_AT);
        if (text == null || !(body.value(EXPIRES_AT) instanceof String)) {
            return null;
        }
        try {
            OffsetDateTime time = OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
            if (time.getYear() <= LAST_YEAR && time.toInstant().isAfter(now)) {
                return time.toInstant();
            }
            body.problem(EXPIRES_AT, "must be in the future and before the year " + (LAST_YEAR + 1));
        } catch (DateTimeException e) {
            body.problem(EXPIRES_AT, "must be a time in ISO 8601, such as \"2030-01-31T12:00:00Z\"");
        }
        return null;
    }

    /** The members of a token in the API; never its secret. */
    public static Map<String, @Nullable Object> write(StoredToken token) {
        TokenFields fields = token.fields();
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("id", Long.toString(token.id()));
        members.put(NAME, fields.name());
        members.put(ROLE, fields.role());
        members.put(
                PROJECTS,
                fields.projects().stream().map(ProjectKeys::id).sorted().toList());
        members.put(DEPLOYMENTS, fields.deployments().stream().sorted().toList());
        members.put(KEY_PREFIXES, fields.keyPrefixes().stream().sorted().toList());
        members.put("createdBy", token.createdBy());
        members.put("createdAt", token.createdAt().toString());
        members.put(EXPIRES_AT, text(fields.expiresAt()));
        members.put("lastUsedAt", text(token.lastUsedAt()));
        return members;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
