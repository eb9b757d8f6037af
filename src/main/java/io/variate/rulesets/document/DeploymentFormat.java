package io.variate.rulesets.document;

import io.variate.json.ObjectReader;
import io.variate.json.Problems;
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

    private final ObjectReader tree;

    private DeploymentFormat(ObjectReader tree) {
        this.tree = tree;
    }

    /** Reads a deployment. Returns null and adds the problems if the deployment is invalid. */
    static @Nullable Deployment read(@Nullable Object json, Problems problems) {
        return new DeploymentFormat(ObjectReader.of(json, problems)).read();
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
        for (String field : tree.unknownFields(FIELDS)) {
            // Unlike other paths, this one has any name as written, without quotes.
            tree.problems().add("." + field, "is not a field of a deployment");
        }
        String key = key();
        Deployment.Type type = type();
        List<String> flags = flags();
        String label = text("label");
        if (key == null || type == null || flags == null) {
            return null;
        }
        Long seconds = tree.optionalInteger("cacheSeconds", 0, MAX_CACHE_SECONDS);
        int cacheSeconds = seconds == null ? 0 : Math.toIntExact(seconds);
        boolean evaluationId = tree.bool(EVALUATION_ID, false);
        if (evaluationId && cacheSeconds > 0) {
            tree.problem("cacheSeconds", "must be 0 with evaluationId, which makes every response unique");
            cacheSeconds = 0;
        }
        return new Deployment(
                key,
                label == null ? Deployment.UNNAMED : label,
                type,
                text("zone"),
                flags,
                cacheSeconds,
                remoteRules(type),
                evaluationId);
    }

    private @Nullable String key() {
        Object value = tree.value("key");
        if (value == null || value.equals("")) {
            tree.problem("key", "is missing");
            return null;
        }
        String key = text("key");
        if (key != null && !HeaderText.isVisible(key)) {
            tree.problem("key", "must consist of visible ASCII characters, because clients send it in a header");
            return null;
        }
        return key;
    }

    private boolean remoteRules(Deployment.Type type) {
        boolean wanted = tree.bool(REMOTE_RULES, false);
        if (wanted && type == Deployment.Type.CLIENT) {
            tree.problem(REMOTE_RULES, "requires the type \"server\", because keys of type \"client\" are public");
            return false;
        }
        return wanted;
    }

    private Deployment.@Nullable Type type() {
        Object type = tree.value("type");
        if ("server".equals(type)) {
            return Deployment.Type.SERVER;
        }
        if ("client".equals(type)) {
            return Deployment.Type.CLIENT;
        }
        tree.problem("type", "must be \"server\" or \"client\"");
        return null;
    }

    private @Nullable List<String> flags() {
        if (!(tree.value("flags") instanceof List)) {
            tree.problem("flags", "must be an array of flag keys, or [\"*\"] for all");
            return null;
        }
        List<String> flags = new ArrayList<>();
        tree.forEach("flags", (flag, problems) -> {
            if (flag instanceof String key) {
                flags.add(key);
            } else {
                problems.add("", "must be a string");
            }
        });
        return flags;
    }

    /** Reads an optional string. An empty one counts as absent. */
    private @Nullable String text(String field) {
        String text = tree.optionalString(field);
        return text == null || text.isEmpty() ? null : text;
    }
}
