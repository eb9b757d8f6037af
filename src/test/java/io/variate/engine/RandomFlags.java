package io.variate.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON trees of well-formed random flags for a known context. Conditions use existing properties and hold about half of
 * the time, ranges lie near the hash of their user, and flags use the results of others.
 */
final class RandomFlags {

    private static final List<String> UNKNOWN_OPERATORS =
            List.of("glob match", "IS", "", "set", "set ", "is  not", "set is ");
    private static final List<String> VARIANTS = List.of("on", "off", "control", "treatment", "");
    private static final List<String> VERSIONS = RandomJson.TEXTS.stream()
            .filter(text -> NaiveVersion.parse(text) != null)
            .toList();
    private static final int FEW = 5;
    private static final int MANY = 40;

    private final Choices choices;
    private final RandomJson json;
    private final Map<String, @Nullable Object> context;
    private final List<List<String>> paths = new ArrayList<>();
    private final List<Map<String, @Nullable Object>> flags = new ArrayList<>();
    private final List<Map<String, @Nullable Object>> shared = new ArrayList<>();

    /** Whether flags use only results of their dependencies, and depend only on earlier flags. */
    private final boolean orderly;

    private RandomFlags(Choices choices, Map<String, @Nullable Object> context, boolean orderly) {
        this.choices = choices;
        this.json = new RandomJson(choices);
        this.context = context;
        this.orderly = orderly;
        addPaths(List.of("context"), context);
        if (choices.chance(70)) {
            // A selector of the whole user bypasses the selective reading of the engine.
            paths.removeIf(path -> path.size() < 3);
        }
        paths.add(List.of("context", "groups"));
    }

    /** Flags with any dependencies: duplicate keys, cycles, and results used without a dependency. */
    static List<Map<String, @Nullable Object>> any(Choices choices, Map<String, @Nullable Object> context) {
        return new RandomFlags(choices, context, false).make();
    }

    /** Flags with distinct keys, without cycles, that use only results of their dependencies. */
    static List<Map<String, @Nullable Object>> orderly(Choices choices, Map<String, @Nullable Object> context) {
        return new RandomFlags(choices, context, true).make();
    }

    private void addPaths(List<String> path, @Nullable Object tree) {
        paths.add(path);
        if (tree instanceof Map<?, ?> members) {
            members.forEach((key, value) -> addPaths(longer(path, (String) key), value));
        }
    }

    private static List<String> longer(List<String> path, String key) {
        List<String> longer = new ArrayList<>(path);
        longer.add(key);
        return longer;
    }

    private List<Map<String, @Nullable Object>> make() {
        int most = choices.chance(2) ? MANY : FEW;
        do {
            flags.add(flag());
        } while (choices.more(flags.size(), most));
        return flags;
    }

    private Map<String, @Nullable Object> flag() {
        List<String> dependencies = dependencies();
        Map<String, Object> target = target();
        Map<String, @Nullable Object> flag = new LinkedHashMap<>();
        flag.put("key", key());
        flag.put("variants", variants());
        flag.put("segments", choices.listOf(3, () -> segment(target, dependencies)));
        flag.put("dependencies", dependencies);
        putMetadata(flag);
        return flag;
    }

    private String key() {
        String key = choices.chance(10) ? choices.oneOf(RandomJson.KEYS) : "f" + flags.size();
        if (!orderly && choices.chance(7) && !flags.isEmpty()) {
            return choices.oneOf(keys());
        }
        return orderly && keys().contains(key) ? "f" + flags.size() : key;
    }

    private List<String> keys() {
        return flags.stream().map(flag -> (String) flag.get("key")).toList();
    }

    private List<String> dependencies() {
        List<String> candidates = new ArrayList<>(keys());
        if (!orderly && choices.chance(10)) {
            candidates.addAll(List.of("missing", "f" + flags.size(), "f" + (flags.size() + 1)));
        }
        return candidates.isEmpty() ? List.of() : choices.listOf(2, () -> choices.oneOf(candidates));
    }

    /** Returns the state that selectors see if flags are evaluated as listed. */
    private Map<String, Object> target() {
        return Map.of("context", context, "result", new NaiveInterpreter().evaluate(flags, context));
    }

    private Map<String, @Nullable Object> variants() {
        Map<String, @Nullable Object> variants = new LinkedHashMap<>();
        for (String name : VARIANTS) {
            if (choices.chance(80)) {
                variants.put(name, variant(name));
            }
        }
        return variants;
    }

    private Map<String, @Nullable Object> variant(String name) {
        Map<String, @Nullable Object> variant = new LinkedHashMap<>();
        variant.put("key", choices.chance(10) ? json.text() : name);
        if (choices.chance(60)) {
            variant.put("value", choices.chance(30) ? json.value(2) : name);
        }
        if (choices.chance(20)) {
            variant.put("payload", json.value(3));
        }
        putMetadata(variant);
        return variant;
    }

    private void putMetadata(Map<String, @Nullable Object> owner) {
        if (choices.chance(30)) {
            owner.put("metadata", choices.chance(10) ? null : json.object(2));
        }
    }

    private Map<String, @Nullable Object> segment(Map<String, Object> target, List<String> dependencies) {
        Map<String, @Nullable Object> segment = new LinkedHashMap<>();
        if (choices.chance(90)) {
            segment.put("conditions", choices.chance(3) ? null : alternatives(target, dependencies));
        }
        if (choices.chance(50)) {
            segment.put("bucket", choices.chance(3) ? null : bucket(target, dependencies));
        }
        if (choices.chance(80)) {
            segment.put("variant", variantKey());
        }
        putMetadata(segment);
        return segment;
    }

    private @Nullable String variantKey() {
        return choices.chance(5) ? null : choices.chance(5) ? json.text() : choices.oneOf(VARIANTS);
    }

    // Conditions

    private List<List<Map<String, @Nullable Object>>> alternatives(
            Map<String, Object> target, List<String> dependencies) {
        Supplier<List<Map<String, @Nullable Object>>> all = () -> severalOf(() -> condition(target, dependencies));
        return severalOf(all);
    }

    private <T> List<T> severalOf(Supplier<T> element) {
        List<T> several = choices.listOf(2, element);
        if (several.isEmpty() && choices.chance(90)) {
            several.add(element.get());
        }
        return several;
    }

    /** Returns a condition that another flag may share, but mostly does not. */
    private Map<String, @Nullable Object> condition(Map<String, Object> target, List<String> dependencies) {
        if (choices.chance(20) && !shared.isEmpty()) {
            return choices.oneOf(shared);
        }
        Map<String, @Nullable Object> condition = newCondition(target, dependencies);
        boolean ofResults = condition.get("selector") instanceof List<?> selector && selector.contains("result");
        if (!orderly || !ofResults) {
            shared.add(condition);
        }
        return condition;
    }

    private Map<String, @Nullable Object> newCondition(Map<String, Object> target, List<String> dependencies) {
        String operator = choices.chance(3) ? choices.oneOf(UNKNOWN_OPERATORS) : choices.oneOf(Samples.OPERATORS);
        List<String> selector = selector(dependencies);
        for (int tries = 8; tries > 0 && !suits(operator, select(selector, target)); tries--) {
            selector = selector(dependencies);
        }
        Map<String, @Nullable Object> condition = new LinkedHashMap<>();
        condition.put("selector", selector);
        condition.put("op", operator);
        condition.put("values", values(operator, select(selector, target)));
        return condition;
    }

    /** Whether the operator is designed for the property; it accepts any. */
    private boolean suits(String operator, @Nullable Object property) {
        if (choices.chance(15)) {
            return true;
        }
        if (operator.startsWith("set ")) {
            return elements(property) != null;
        }
        boolean wantsVersion = operator.startsWith("version ");
        boolean wantsNumber = operator.startsWith("less") || operator.startsWith("greater");
        if (!wantsVersion && !wantsNumber) {
            return true;
        }
        String text = property instanceof String || property instanceof Number ? property.toString() : "";
        return wantsVersion ? NaiveVersion.parse(text) != null : isNumber(text);
    }

    private static boolean isNumber(String text) {
        if (text.isEmpty() || Character.isLetter(text.charAt(0))) {
            return false;
        }
        try {
            Double.parseDouble(text);
            return true;
        } catch (NumberFormatException noNumber) {
            return false;
        }
    }

    private static @Nullable Object select(List<String> selector, Map<String, Object> target) {
        return NaiveInterpreter.select(selector, target);
    }

    private List<String> selector(List<String> dependencies) {
        if (choices.chance(25)) {
            return resultSelector(dependencies);
        }
        List<String> path = choices.oneOf(paths);
        return switch (choices.below(20)) {
            case 15 -> longer(path, choices.oneOf(RandomJson.KEYS));
            case 16, 17 -> longer(List.of("context", "user", "user_properties"), choices.oneOf(RandomJson.COMMON_KEYS));
            case 18 -> List.of("context", "user", choices.oneOf("absent", "User_Id", "", "user_id", "groups"));
            case 19 -> choices.oneOf(List.of(List.<String>of(), List.of("nowhere"), List.of("Context", "user")));
            default -> path;
        };
    }

    private List<String> resultSelector(List<String> dependencies) {
        List<String> keys = orderly ? dependencies : keys();
        if (keys.isEmpty()) {
            return choices.oneOf(paths);
        }
        String key = choices.oneOf(keys);
        return switch (choices.below(orderly ? 8 : 10)) {
            case 0, 1, 2 -> List.of("result", key, "key");
            case 3, 4 -> List.of("result", key, "value");
            case 5 -> List.of("result", key, "value", choices.oneOf(RandomJson.KEYS));
            case 6 -> List.of("result", key, "metadata", choices.oneOf(RandomJson.KEYS));
            case 7 -> List.of("result", key, choices.oneOf("metadata", "payload", "nothing"));
            case 8 -> choices.oneOf(List.of("result", key), List.of("result"));
            default -> List.of("result", choices.oneOf("missing", "f" + (flags.size() + 1), "f" + flags.size()), "key");
        };
    }

    private static @Nullable Collection<?> elements(@Nullable Object value) {
        Object list = value instanceof String text && text.startsWith("[") ? JacksonTree.parse(text) : value;
        return list instanceof Collection<?> elements ? elements : null;
    }

    private List<Object> values(String operator, @Nullable Object property) {
        List<Object> values = new ArrayList<>(choices.chance(60) ? List.of() : choices.listOf(2, json::text));
        if (choices.chance(5)) {
            values.add(json.number());
        }
        if (choices.chance(property == null ? 50 : 5)) {
            values.add("(none)");
        }
        if (property != null && choices.chance(75)) {
            values.addAll(related(operator, property));
        }
        return choices.shuffled(values);
    }

    private List<String> related(String operator, Object property) {
        Collection<?> elements = elements(property);
        List<String> texts = (elements == null ? List.of(property) : elements)
                .stream()
                        .filter(element -> element != null)
                        .map(NaiveInterpreter::text)
                        .toList();
        if (operator.matches("set (is|contains).*") || choices.chance(10)) {
            return operator.startsWith("set is") || choices.chance(50) ? texts : texts.subList(0, texts.size() / 2);
        }
        if (texts.isEmpty()) {
            return List.of();
        }
        String text = choices.oneOf(texts);
        if (operator.startsWith("regex")) {
            return List.of(pattern(text));
        }
        if (operator.startsWith("version") && choices.chance(60)) {
            return List.of(choices.oneOf(VERSIONS));
        }
        if (operator.matches("(less|greater).*") && choices.chance(60)) {
            return List.of(nextNumber(text));
        }
        return List.of(operator.endsWith("contain") || operator.equals("contains") ? part(text) : similar(text));
    }

    private String similar(String text) {
        return switch (choices.below(8)) {
            case 0, 1, 2, 3 -> text;
            case 4 -> text.toUpperCase(Locale.ROOT);
            case 5 -> text + choices.oneOf("0", "a", " ");
            case 6 -> nextNumber(text);
            default -> part(text);
        };
    }

    private String nextNumber(String text) {
        return isNumber(text) ? String.valueOf(Double.parseDouble(text) + choices.oneOf(-1, 0, 1)) : text + "1";
    }

    private String part(String text) {
        int from = choices.below(text.length() + 1);
        String part = text.substring(from, from + choices.below(text.length() - from + 1));
        return choices.chance(40) ? part.toUpperCase(Locale.ROOT) : part;
    }

    private String pattern(String text) {
        return switch (choices.below(6)) {
            case 0, 1 -> Pattern.quote(text);
            case 2 -> Pattern.quote(part(text)) + ".*";
            case 3 ->
                choices.oneOf(
                        ".*", "[a-z]+", "(?i)" + Pattern.quote(text), "(?s).*", "\\d+(\\.\\d+)*", "^$", "(.)\\1*");
            case 4 -> text;
            default -> choices.oneOf("(", "[", "a{", "*", "\\");
        };
    }

    // Buckets

    private Map<String, @Nullable Object> bucket(Map<String, Object> target, List<String> dependencies) {
        List<String> selector = selector(dependencies);
        String salt = choices.chance(30) ? json.text() : choices.oneOf("salt", "", "pHOipLW7");
        Object value = select(selector, target);
        long hash = value == null ? 0 : NaiveInterpreter.hash(salt + "/" + NaiveInterpreter.text(value));
        Map<String, @Nullable Object> bucket = new LinkedHashMap<>();
        bucket.put("selector", selector);
        bucket.put("salt", salt);
        bucket.put("allocations", choices.listOf(3, () -> allocation(hash)));
        return bucket;
    }

    private Map<String, @Nullable Object> allocation(long hash) {
        Map<String, @Nullable Object> allocation = new LinkedHashMap<>();
        allocation.put("range", range(hash % 100, 100));
        allocation.put("distributions", choices.listOf(3, () -> distribution(hash)));
        return allocation;
    }

    private Map<String, @Nullable Object> distribution(long hash) {
        Map<String, @Nullable Object> distribution = new LinkedHashMap<>();
        distribution.put("variant", choices.chance(5) ? json.text() : choices.oneOf(VARIANTS));
        distribution.put("range", range(hash / 100, 42_949_673));
        return distribution;
    }

    /** Returns a range that begins or ends at a number or next to it. */
    private List<Long> range(long own, long end) {
        return switch (choices.below(12)) {
            case 0, 1 -> List.of(0L, end);
            case 2 -> List.of(own, own + 1);
            case 3 -> List.of(0L, own);
            case 4 -> List.of(0L, own + 1);
            case 5 -> List.of(own, end);
            case 6 -> List.of(own + 1, end);
            case 7 -> List.of(own, own);
            case 8 -> List.of(own + 1, own);
            case 9 -> List.of((long) Integer.MIN_VALUE, (long) Integer.MAX_VALUE);
            case 10 -> List.of(0L, end / 2, 7L);
            default -> choices.chance(50) ? List.of(own) : List.of();
        };
    }
}
