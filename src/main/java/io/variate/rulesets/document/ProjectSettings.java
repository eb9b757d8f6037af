package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.json.ObjectReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of a project, with which clients download its cohorts and send its events. Both are set or neither.
 *
 * @param apiKey the user name of Basic authentication; unique in a ruleset; never printed
 * @param secretKey the password that belongs to it; never printed
 */
public record ProjectSettings(
        @Nullable String apiKey, @Nullable String secretKey) implements Element {
    /** No credentials. */
    public static final ProjectSettings NONE = new ProjectSettings(null, null);

    static final String API_KEY = "apiKey";
    static final String SECRET_KEY = "secretKey";
    static final Set<String> FIELDS = Set.of(API_KEY, SECRET_KEY);

    /** Reads the credentials among the fields of a project. Returns {@link #NONE} and adds the problems if one is invalid. */
    static ProjectSettings read(ObjectReader project) {
        int before = project.problems().found().size();
        String apiKey = credential(project, API_KEY);
        String secretKey = credential(project, SECRET_KEY);
        boolean complete = isSet(project, API_KEY) == isSet(project, SECRET_KEY);
        if (!complete) {
            String missing = isSet(project, API_KEY) ? SECRET_KEY : API_KEY;
            project.problem(missing, "is required, because apiKey and secretKey belong together");
        }
        if (apiKey != null && apiKey.indexOf(':') >= 0) {
            project.problem(API_KEY, "must not contain a colon, which ends the user name of Basic authentication");
        }
        return project.problems().found().size() > before ? NONE : new ProjectSettings(apiKey, secretKey);
    }

    private static boolean isSet(ObjectReader project, String field) {
        return project.value(field) != null;
    }

    private static @Nullable String credential(ObjectReader project, String field) {
        String text = project.optionalNonEmptyString(field);
        if (text != null && !HeaderText.isVisible(text)) {
            project.problem(field, "must consist of visible ASCII characters, because clients send it in a header");
        }
        return text;
    }

    /** The JSON text of the row of a named project. */
    @Override
    public String definition() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        if (apiKey != null) {
            tree.put(API_KEY, apiKey);
        }
        if (secretKey != null) {
            tree.put(SECRET_KEY, secretKey);
        }
        return Json.write(tree);
    }

    @Override
    public String toString() {
        return apiKey == null ? "ProjectSettings[]" : "ProjectSettings[apiKey=***, secretKey=***]";
    }
}
