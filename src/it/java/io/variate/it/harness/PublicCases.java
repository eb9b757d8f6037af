package io.variate.it.harness;

import io.variate.engine.CompiledFlags;
import io.variate.engine.model.DependencyCycleException;
import io.variate.engine.model.DependencyOrder;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The public vectors as requests of users.
 *
 * <p>Many share one ruleset document: each has a deployment of its own with exactly its flags, whose keys get the
 * name of the vector in front, in dependencies and selectors too. Nothing else depends on a key; the salt stands apart.
 */
public final class PublicCases {
    private static final Set<String> CONTEXT_ROOTS = Set.of("user", "groups");
    private static final Set<String> GROUP_FIELDS = Set.of("group_name", "group_properties", "cohort_ids");

    private final List<PublicCase> cases = new ArrayList<>();
    private final Map<String, Integer> skipped = new TreeMap<>();

    private PublicCases() {}

    /**
     * One vector.
     *
     * @param alone whether it needs a document of its own, since it selects all results and so sees the keys of flags
     * @param query as the client sends it
     * @param expected the expected results of the flags that an answer shows, or null where another answer may be right:
     *     a server does not keep the vector's own order of flags, and numbers beyond all bounds do not survive writing
     */
    public record PublicCase(
            String deployment,
            boolean alone,
            List<Map<String, @Nullable Object>> flags,
            Map<String, String> query,
            @Nullable Map<String, @Nullable Object> expected) {}

    public static PublicCases read() {
        PublicCases cases = new PublicCases();
        try (InputStream resource = Objects.requireNonNull(
                        PublicCases.class.getResourceAsStream("/vectors/evaluation-public.jsonl.gz"));
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.UTF_8))) {
            lines.lines().map(line -> object(Json.parse(line))).forEach(cases::add);
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<PublicCase> cases() {
        return List.copyOf(cases);
    }

    /** How many vectors cannot be asked of a server, by reason. */
    public Map<String, Integer> skipped() {
        return Map.copyOf(skipped);
    }

    private void add(Map<String, @Nullable Object> vector) {
        String reason = reasonToSkip(vector);
        if (reason != null) {
            skipped.merge(reason, 1, Integer::sum);
            return;
        }
        String id = Objects.requireNonNull(vector.get("id")).toString();
        boolean alone = Json.write(vector.get("flags")).contains("[\"result\"]");
        String prefix = alone ? "" : id + "/";
        Map<String, @Nullable Object> user = user(object(vector.get("context")));
        Map<String, String> query = new LinkedHashMap<>();
        query.put("context", ascii(user));
        if (vector.get("flagKeys") instanceof List<?> keys && !keys.isEmpty()) {
            query.put("flag_keys", keys.stream().map(key -> prefix + key).collect(Collectors.joining(",")));
        }
        List<Map<String, @Nullable Object>> flags = list(vector.get("flags")).stream()
                .map(flag -> renamed(prefix, object(flag)))
                .toList();
        Map<String, @Nullable Object> expected = isInServerOrder(vector) && user.equals(Json.parse(ascii(user)))
                ? shown(prefix, object(vector.get("expected")))
                : null;
        cases.add(new PublicCase("server-" + id, alone, flags, query, expected));
    }

    private static @Nullable String reasonToSkip(Map<String, @Nullable Object> vector) {
        if (vector.containsKey("error")) {
            return "dependency cycle";
        }
        List<Flag> flags = new ArrayList<>();
        for (Object tree : list(vector.get("flags"))) {
            if (!(FlagReader.read(tree, "flag") instanceof FlagReading.Accepted accepted)) {
                return "a flag that PUT refuses";
            }
            flags.add(accepted.flag());
        }
        if (flags.stream().map(Flag::key).distinct().count() < flags.size()) {
            return "repeated flag key";
        }
        if (CompiledFlags.compile(flags).problems().stream().anyMatch(Problem::isError)) {
            return isCyclic(flags) ? "dependency cycle" : "a flag that PUT refuses";
        }
        if (flags.stream().anyMatch(flag -> flag.key().isEmpty() || !flag.key().matches("[^,]*"))) {
            return "a flag key that flag_keys cannot express";
        }
        return isUser(object(vector.get("context"))) ? null : "a context that a user object cannot express";
    }

    private static boolean isCyclic(List<Flag> flags) {
        try {
            return DependencyOrder.sort(flags, List.of()).isEmpty();
        } catch (DependencyCycleException e) {
            return true;
        }
    }

    /** Whether a server, which always puts dependencies first, evaluates in the order that the vector means. */
    private static boolean isInServerOrder(Map<String, @Nullable Object> vector) {
        List<Flag> flags = new ArrayList<>();
        for (Object tree : list(vector.get("flags"))) {
            if (FlagReader.read(tree, "flag") instanceof FlagReading.Accepted accepted) {
                flags.add(accepted.flag());
            }
        }
        return vector.containsKey("sort")
                || DependencyOrder.sort(flags, List.of()).equals(flags);
    }

    private static boolean isUser(Map<String, @Nullable Object> context) {
        if (!CONTEXT_ROOTS.containsAll(context.keySet())
                || !(context.get("user") instanceof Map<?, ?>)
                || List.of("groups", "group_properties", "group_cohort_ids").stream()
                        .anyMatch(object(context.get("user"))::containsKey)) {
            return false;
        }
        return !(context.get("groups") instanceof Map<?, ?> groups)
                || groups.values().stream().allMatch(PublicCases::isGroup);
    }

    private static boolean isGroup(Object group) {
        return group instanceof Map<?, ?> fields
                && GROUP_FIELDS.containsAll(fields.keySet())
                && fields.get("group_name") instanceof String;
    }

    private static Map<String, @Nullable Object> user(Map<String, @Nullable Object> context) {
        Map<String, @Nullable Object> user = new LinkedHashMap<>(object(context.get("user")));
        if (context.get("groups") instanceof Map<?, ?> groups) {
            Map<String, @Nullable Object> names = new LinkedHashMap<>();
            Map<String, @Nullable Object> properties = new LinkedHashMap<>();
            Map<String, @Nullable Object> cohorts = new LinkedHashMap<>();
            groups.forEach((type, value) -> {
                Map<String, @Nullable Object> group = object(value);
                String name = String.valueOf(group.get("group_name"));
                names.put(String.valueOf(type), List.of(name));
                putUnlessNull(properties, type, name, group.get("group_properties"));
                putUnlessNull(cohorts, type, name, group.get("cohort_ids"));
            });
            user.put("groups", names);
            user.put("group_properties", properties);
            user.put("group_cohort_ids", cohorts);
        }
        return user;
    }

    private static void putUnlessNull(
            Map<String, @Nullable Object> byType, Object type, String name, @Nullable Object value) {
        if (value != null) {
            byType.put(String.valueOf(type), Map.of(name, value));
        }
    }

    private static Map<String, @Nullable Object> renamed(String prefix, Map<String, @Nullable Object> flag) {
        Map<String, @Nullable Object> renamed = new LinkedHashMap<>(flag);
        renamed.put("key", prefix + flag.get("key"));
        if (flag.get("dependencies") instanceof List<?> dependencies) {
            renamed.put(
                    "dependencies",
                    dependencies.stream().map(key -> prefix + key).toList());
        }
        renamed.put("segments", renamedSelectors(prefix, flag.get("segments")));
        return renamed;
    }

    private static @Nullable Object renamedSelectors(String prefix, @Nullable Object tree) {
        if (tree instanceof List<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>();
            elements.forEach(element -> copy.add(renamedSelectors(prefix, element)));
            return copy;
        }
        if (!(tree instanceof Map<?, ?>)) {
            return tree;
        }
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        object(tree).forEach((name, value) -> {
            boolean ofResult = name.equals("selector")
                    && value instanceof List<?> keys
                    && keys.size() > 1
                    && keys.get(0).equals("result");
            copy.put(name, ofResult ? ofRenamed(prefix, list(value)) : renamedSelectors(prefix, value));
        });
        return copy;
    }

    private static List<@Nullable Object> ofRenamed(String prefix, List<@Nullable Object> selector) {
        List<@Nullable Object> renamed = new ArrayList<>(selector);
        renamed.set(1, prefix + selector.get(1));
        return renamed;
    }

    /** What {@code /v1/vardata} shows of the results: neither default variants nor flags that are not deployed. */
    private static Map<String, @Nullable Object> shown(String prefix, Map<String, @Nullable Object> results) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        results.forEach((key, result) -> {
            Object metadata = object(result).get("metadata");
            boolean hidden = metadata instanceof Map<?, ?> fields
                    && (Boolean.TRUE.equals(fields.get("default")) || Boolean.FALSE.equals(fields.get("deployed")));
            if (!hidden) {
                shown.put(prefix + key, object(result).get("key"));
            }
        });
        return shown;
    }

    /** One document with a deployment for each case. */
    public static String document(List<PublicCase> cases) {
        List<Object> deployments = new ArrayList<>();
        List<Object> flags = new ArrayList<>();
        for (PublicCase each : cases) {
            deployments.add(Map.of(
                    "key",
                    each.deployment(),
                    "label",
                    "it",
                    "type",
                    "server",
                    "flags",
                    each.flags().stream().map(flag -> flag.get("key")).toList(),
                    "remoteRules",
                    true));
            flags.addAll(each.flags());
        }
        return ascii(Map.of("deployments", deployments, "flags", flags));
    }

    /** JSON of nothing but ASCII, in which half characters travel as well. */
    public static String ascii(@Nullable Object tree) {
        StringBuilder ascii = new StringBuilder();
        Json.write(tree)
                .chars()
                .forEach(c -> ascii.append(c < 0x7f ? Character.toString(c) : String.format("\\u%04x", c)));
        return ascii.toString();
    }

    @SuppressWarnings("unchecked") // The reader makes no other maps.
    public static Map<String, @Nullable Object> object(@Nullable Object tree) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(tree);
    }

    @SuppressWarnings("unchecked")
    private static List<@Nullable Object> list(@Nullable Object tree) {
        return (List<@Nullable Object>) Objects.requireNonNull(tree);
    }
}
