package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.json.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes deployments as JSON. */
final class DeploymentFormat {
    private static final String REMOTE_RULES = "remoteRules";
    private static final String EVALUATION_ID = "evaluationId";
    private static final Set<String> FIELDS =
            Set.of("key", "label", "type", "zone", "flags", "cacheSeconds", REMOTE_RULES, EVALUATION_ID);
    private static final int MAX_CACHE_SECONDS = 31_536_000;

    private final Map<?, ?> tree;
    private final String path;
    private final List<Problem> problems;

    private DeploymentFormat(Map<?, ?> tree, String path, List<Problem> problems) {
        this.tree = tree;
        this.path = path;
        this.problems = problems;
    }

    /** Reads a deployment. Returns null and adds the problems if the deployment is invalid. */
    static @Nullable Deployment read(@Nullable Object json, String path, List<Problem> problems) {
        if (!(json instanceof Map<?, ?> tree)) {
            problems.add(new Problem(path, "must be an object"));
            return null;
        }
        return new DeploymentFormat(tree, path, problems).read();
    }

    static Map<String, @Nullable Object> write(Deployment deployment) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", deployment.key());
        tree.put("label", deployment.label());
        tree.put("type", deployment.type().name().toLowerCase(Locale.ROOT));
        if (deployment.zone() != null) {
            tree.put("zone", deployment.zone());
        }
        tree.put("flags", deployment.flags());
        if (deployment.cacheSeconds() > 0) {
            tree.put("cacheSeconds", (long) deployment.cacheSeconds());
        }
        if (deployment.remoteRules()) {
            tree.put(REMOTE_RULES, true);
        }
        if (deployment.evaluationId()) {
            tree.put(EVALUATION_ID, true);
        }
        return tree;
    }

    private @Nullable Deployment read() {
        for (Object field : tree.keySet()) {
            if (!FIELDS.contains(String.valueOf(field))) {
                problem(String.valueOf(field), "is not a field of a deployment");
            }
        }
        String key = text("key");
        if (key != null && !isHeaderText(key)) {
            problem("key", "must consist of visible ASCII characters, because clients send it in a header");
            key = null;
        }
        Deployment.Type type = type();
        List<String> flags = flags();
        String label = optionalText("label");
        if (key == null || type == null || flags == null) {
            return null;
        }
        int cacheSeconds = cacheSeconds();
        boolean evaluationId = option(EVALUATION_ID);
        if (evaluationId && cacheSeconds > 0) {
            problem("cacheSeconds", "must be 0 with evaluationId, which makes every response unique");
            cacheSeconds = 0;
        }
        return new Deployment(
                key,
                label == null ? "unnamed" : label,
                type,
                optionalText("zone"),
                flags,
                cacheSeconds,
                remoteRules(type),
                evaluationId);
    }

    private boolean remoteRules(Deployment.Type type) {
        boolean wanted = option(REMOTE_RULES);
        if (wanted && type == Deployment.Type.CLIENT) {
            problem(REMOTE_RULES, "requires the type \"server\", because keys of type \"client\" are public");
            return false;
        }
        return wanted;
    }

    private boolean option(String field) {
        Object value = tree.get(field);
        if (value != null && !(value instanceof Boolean)) {
            problem(field, "must be true or false");
        }
        return Boolean.TRUE.equals(value);
    }

    private Deployment.@Nullable Type type() {
        Object type = tree.get("type");
        if ("server".equals(type)) {
            return Deployment.Type.SERVER;
        }
        if ("client".equals(type)) {
            return Deployment.Type.CLIENT;
        }
        problem("type", "must be \"server\" or \"client\"");
        return null;
    }

    private @Nullable List<String> flags() {
        if (!(tree.get("flags") instanceof List<?> list)) {
            problem("flags", "must be an array of flag keys, or [\"*\"] for all");
            return null;
        }
        List<String> flags = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof String flag) {
                flags.add(flag);
            } else {
                problem("flags[" + i + "]", "must be a string");
            }
        }
        return flags;
    }

    private int cacheSeconds() {
        Object seconds = Json.typed(tree.get("cacheSeconds"));
        if (seconds == null) {
            return 0;
        }
        if (seconds instanceof Long number && number >= 0 && number <= MAX_CACHE_SECONDS) {
            return Math.toIntExact(number);
        }
        problem("cacheSeconds", "must be an integer from 0 to " + MAX_CACHE_SECONDS);
        return 0;
    }

    private @Nullable String text(String field) {
        String text = optionalText(field);
        Object value = tree.get(field);
        // A value of another type has already been reported.
        if (text == null && (value == null || value instanceof String)) {
            problem(field, "is missing");
        }
        return text;
    }

    private @Nullable String optionalText(String field) {
        Object value = tree.get(field);
        if (value != null && !(value instanceof String)) {
            problem(field, "must be a string");
        }
        return value instanceof String text && !text.isEmpty() ? text : null;
    }

    private static boolean isHeaderText(String key) {
        return key.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    private void problem(String field, String reason) {
        problems.add(new Problem(path + "." + field, reason));
    }
}
