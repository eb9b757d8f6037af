package io.variate.config;

import io.variate.config.Settings.Fsync;
import io.variate.config.Settings.Role;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads single settings by type. An invalid value adds a problem and reads as its default. */
final class SettingsReader {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final Duration MAX_DURATION = Duration.ofHours(24);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    /** Only URLs that a Content-Security-Policy can express: it does not support IPv6 addresses. */
    private static final Pattern ZONE_URL =
            Pattern.compile("(" + NAME + ")=(https?://[A-Za-z0-9.-]+(?::\\d{1,5})?(?:/[A-Za-z0-9._~-]+)*)/?");

    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    private static final Pattern BASE_URL = Pattern.compile(
            "(?<url>https?://(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(?::(?<port>\\d{1,5}))?(?:/(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)*)/?");

    private static final Pattern URL_PATH = Pattern.compile("(?:/[A-Za-z0-9._~-]+)+");

    private static final Pattern LOG_LEVEL =
            Pattern.compile("(?<logger>[A-Za-z0-9_$.-]{1,200})=(?<level>off|error|warn|info|debug|trace)");

    /** Of variables that name the file of a secret. */
    private static final String FILE_SUFFIX = "_FILE";

    private static final int MAX_PORT = 65_535;
    private static final Pattern MEMBER = Pattern.compile("[A-Za-z0-9.-]+(:(?<port>\\d{1,5}))?");

    private final Map<String, @Nullable Object> fromFile;
    private final Map<String, String> origins;
    private final Map<String, String> environment;
    private final String prefix;
    private final List<String> problems;
    private final Set<String> known = new HashSet<>();
    private final Set<String> secrets = new HashSet<>();
    private final Map<String, EffectiveSetting> effective = new LinkedHashMap<>();

    SettingsReader(
            Map<String, @Nullable Object> fromFile,
            Map<String, String> environment,
            String prefix,
            List<String> problems) {
        this(fromFile, Map.of(), environment, prefix, problems);
    }

    /**
     * Reads from a file and the environment.
     *
     * @param origins where values of {@code fromFile} come from if not from a settings file, by path; for problems
     */
    SettingsReader(
            Map<String, @Nullable Object> fromFile,
            Map<String, String> origins,
            Map<String, String> environment,
            String prefix,
            List<String> problems) {
        this.fromFile = fromFile;
        this.origins = origins;
        this.environment = environment;
        this.prefix = prefix;
        this.problems = problems;
    }

    String text(String path, String fallback) {
        String value = optionalText(path);
        return value == null ? standard(path, fallback, fallback) : value;
    }

    @Nullable
    String optionalText(String path) {
        String value = given(path);
        String origin = value == null ? EffectiveSetting.DEFAULT : origin(path);
        effective.put(path, new EffectiveSetting(path, value, origin));
        return value;
    }

    private @Nullable String given(String path) {
        known.add(path);
        String variable = environment.get(variable(path));
        if (variable != null && !variable.isEmpty()) {
            return variable;
        }
        Object value = fromFile.get(path);
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        return value == null || value.toString().isEmpty() ? null : value.toString();
    }

    private String origin(String path) {
        if (!environment.getOrDefault(variable(path), "").isEmpty()) {
            return variable(path);
        }
        return origins.getOrDefault(path, EffectiveSetting.FILE);
    }

    /** Notes the value that a setting has because nothing sets it, and returns it. */
    private <T> T standard(String path, T value, Object shown) {
        effective.put(path, new EffectiveSetting(path, shown.toString(), EffectiveSetting.DEFAULT));
        return value;
    }

    /**
     * A secret, or the content of the file that {@code VARIATE_…_FILE} names, without line breaks at its end. Container
     * platforms mount secrets as files.
     */
    @Nullable
    Secret secret(String path) {
        secrets.add(path);
        String value = given(path);
        String fileVariable = variable(path) + FILE_SUFFIX;
        String file = environment.getOrDefault(fileVariable, "");
        if (!file.isEmpty() && !environment.getOrDefault(variable(path), "").isEmpty()) {
            problems.add(fileVariable + ": cannot be combined with " + variable(path));
        } else if (!file.isEmpty()) {
            effective.put(path, new EffectiveSetting(path, EffectiveSetting.SECRET, fileVariable));
            return SecretFile.read(Path.of(file), problem -> problems.add(fileVariable + ": " + problem));
        }
        effective.put(
                path,
                value == null
                        ? new EffectiveSetting(path, null, EffectiveSetting.DEFAULT)
                        : new EffectiveSetting(path, EffectiveSetting.SECRET, origin(path)));
        return value == null ? null : new Secret(value);
    }

    /** A URI that may contain a password: a problem does not quote it. */
    @Nullable
    Secret postgresUri(String path) {
        Secret uri = secret(path);
        if (uri != null) {
            try {
                PostgresUri.parse(uri);
            } catch (IllegalArgumentException e) {
                problems.add(path + ": " + e.getMessage());
                return null;
            }
        }
        return uri;
    }

    @Nullable
    Path path(String path) {
        String value = optionalText(path);
        return value == null ? null : Path.of(value);
    }

    int port(String path, int fallback) {
        return integer(path, fallback, 0, MAX_PORT);
    }

    int integer(String path, int fallback, int min, int max) {
        return (int) number(path, fallback, min, max);
    }

    long number(String path, long fallback, long min, long max) {
        return parse(path, fallback, "an integer from " + min + " to " + max, text -> {
            try {
                long value = Long.parseLong(text);
                return value < min || value > max ? null : value;
            } catch (NumberFormatException e) {
                return null;
            }
        });
    }

    boolean bool(String path, boolean fallback) {
        return choice(path, fallback, Map.of("true", true, "false", false));
    }

    String name(String path, String fallback) {
        return parse(
                path,
                fallback,
                "a name of letters, digits, dots, hyphens and underscores",
                text -> NAME.matcher(text).matches() ? text : null);
    }

    /** A duration from 1 ms to 24 h: Vert.x creates no shorter timers, and a longer duration is likely a typo. */
    Duration duration(String path, String fallback) {
        Duration standard = parseDuration(fallback);
        if (standard == null) {
            throw new IllegalArgumentException(fallback);
        }
        return parse(
                path,
                standard,
                "a duration such as 250ms, 5s, 10m or 1h, from 1ms to 24h",
                SettingsReader::parseDuration);
    }

    /** Like {@link #duration}, in whole seconds. */
    Duration seconds(String path, String fallback) {
        Duration duration = duration(path, fallback);
        if (duration.toMillisPart() != 0) {
            problem(path, duration.toMillis() + "ms", "a duration of whole seconds");
        }
        return duration;
    }

    Fsync fsync(String path, Duration fallback) {
        return parse(path, new Fsync.Every(fallback), "never, always or an interval such as 1s", text -> {
            if (text.equals("never")) {
                return new Fsync.Never();
            }
            if (text.equals("always")) {
                return new Fsync.Always();
            }
            Duration interval = parseDuration(text);
            return interval == null ? null : new Fsync.Every(interval);
        });
    }

    List<String> list(String path) {
        return list(path, "");
    }

    List<String> list(String path, String fallback) {
        String value = text(path, fallback);
        return Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    /** A list of header names, or {@code *}, or {@code none}. */
    List<String> headerNames(String path, String fallback) {
        List<String> names = list(path, fallback);
        for (String name : names) {
            if (!HEADER_NAME.matcher(name).matches()) {
                problem(path, name, "a list of header names, * or none");
                return List.of();
            }
        }
        return names.equals(List.of("none")) ? List.of() : names;
    }

    /** A list of {@code host} or {@code host:port}. */
    List<String> members(String path) {
        List<String> members = list(path);
        for (String member : members) {
            Matcher matcher = MEMBER.matcher(member);
            if (!matcher.matches() || isInvalidPort(matcher.group("port"))) {
                problem(path, member, "a list of host or host:port");
                return List.of();
            }
        }
        return members;
    }

    private static boolean isInvalidPort(@Nullable String digits) {
        return digits != null && Integer.parseInt(digits) > MAX_PORT;
    }

    /** An http or https URL such as {@code https://flags.example.com/variate}; returned without a trailing slash. */
    @Nullable
    URI baseUrl(String path) {
        String text = optionalText(path);
        Matcher matcher = BASE_URL.matcher(text == null ? "" : text);
        if (text == null || (matcher.matches() && !isInvalidPort(matcher.group("port")))) {
            return text == null ? null : URI.create(matcher.group("url"));
        }
        // The value is not quoted: it may contain a password.
        problems.add(where(path) + ": must be an http or https URL such as https://flags.example.com/variate,"
                + " without user, query and fragment");
        return null;
    }

    /** Shows the value that a node derives for a setting instead of the one that stands for it. */
    <T> T derived(String path, T value) {
        effective.computeIfPresent(path, (key, read) -> new EffectiveSetting(path, value.toString(), read.origin()));
        return value;
    }

    /** A list of secrets, such as keys; also in a file. */
    List<Secret> secrets(String path) {
        Secret secret = secret(path);
        return secret == null
                ? List.of()
                : Arrays.stream(secret.value().split(",", -1))
                        .map(String::strip)
                        .filter(item -> !item.isEmpty())
                        .map(Secret::new)
                        .toList();
    }

    /** A path such as {@code /metrics}. */
    String urlPath(String path, String fallback) {
        return parse(
                path,
                fallback,
                "a path such as /metrics",
                text -> URL_PATH.matcher(text).matches() ? text : null);
    }

    /** Like {@link #baseUrl(String)}, with a default. */
    URI baseUrl(String path, URI fallback) {
        URI url = baseUrl(path);
        return url == null ? standard(path, fallback, fallback) : url;
    }

    /**
     * The names in {@code section.NAME.setting}, sorted: those of the file, and those that only variables have. Variables
     * are upper-case, so {@code VARIATE_SECTION_NAME_SETTING} stands for a lower-case name with hyphens, unless the file has
     * a name that is written the same way.
     *
     * @param settings the last parts of the paths
     */
    SortedSet<String> names(String section, List<String> settings) {
        Map<String, String> byVariable = new TreeMap<>();
        for (String setting : settings) {
            for (String path : fromFile.keySet()) {
                if (path.startsWith(section + ".") && path.endsWith("." + setting)) {
                    String name = path.substring(section.length() + 1, path.length() - setting.length() - 1);
                    byVariable.put(variable(name), name);
                }
            }
        }
        for (String setting : settings) {
            String start = variable(section + ".");
            String end = suffix("." + setting);
            for (Map.Entry<String, String> entry : environment.entrySet()) {
                String variable = entry.getKey();
                String name = variable.endsWith(end + FILE_SUFFIX)
                        ? variable.substring(0, variable.length() - FILE_SUFFIX.length())
                        : variable;
                if (name.startsWith(start)
                        && name.endsWith(end)
                        && name.length() > start.length() + end.length()
                        && !entry.getValue().isEmpty()) {
                    String written = name.substring(start.length(), name.length() - end.length());
                    byVariable.putIfAbsent(
                            prefix + written, written.toLowerCase(Locale.ROOT).replace('_', '-'));
                }
            }
        }
        return new TreeSet<>(byVariable.values());
    }

    /** Base URLs by zone, such as {@code eu=https://eu.example.com}; returned with a trailing slash. */
    Map<String, URI> baseUrlsByZone(String path) {
        Map<String, URI> urls = new LinkedHashMap<>();
        for (String item : list(path)) {
            Matcher matcher = ZONE_URL.matcher(item);
            if (!matcher.matches()) {
                problem(path, item, "a list of zone=URL such as eu=https://eu.example.com");
                return Map.of();
            }
            urls.put(matcher.group(1), URI.create(matcher.group(2) + "/"));
        }
        return Collections.unmodifiableMap(urls);
    }

    /** Levels by logger, such as {@code root=warn}. */
    Map<String, String> logLevels(String path) {
        Map<String, String> levels = new LinkedHashMap<>();
        for (String item : list(path)) {
            Matcher matcher = LOG_LEVEL.matcher(item);
            if (!matcher.matches()) {
                problem(
                        path,
                        item,
                        "a list of logger=level such as root=warn, with off, error, warn, info, debug or trace");
                return Map.of();
            }
            levels.put(matcher.group("logger"), matcher.group("level"));
        }
        return Collections.unmodifiableMap(levels);
    }

    Set<Role> roles(String path, List<Role> fallback) {
        List<String> names = list(path);
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : names) {
            try {
                roles.add(Role.valueOf(name.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                problem(path, name, "one or more of http, evaluator, analytics, forwarder");
                return Set.copyOf(fallback);
            }
        }
        if (names.isEmpty()) {
            String shown = fallback.stream()
                    .map(role -> role.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(","));
            return standard(path, Set.copyOf(fallback), shown);
        }
        return Set.copyOf(roles);
    }

    <T> T choice(String path, T fallback, Map<String, T> choices) {
        String expected =
                "one of " + String.join(", ", choices.keySet().stream().sorted().toList());
        return parse(path, fallback, expected, text -> choices.get(text.toLowerCase(Locale.ROOT)));
    }

    /** The paths that were read. */
    Set<String> known() {
        return Collections.unmodifiableSet(known);
    }

    /** Adds a problem that concerns several settings. */
    void problem(String problem) {
        problems.add(problem);
    }

    /** Adds a problem for every key of the file that is not a setting. */
    void reportUnknown() {
        List<String> unknown = new ArrayList<>(fromFile.keySet());
        unknown.removeAll(known);
        // An empty section (`kafka:`) is a key without a value, not an unknown setting.
        unknown.removeIf(path ->
                fromFile.get(path) == null && known.stream().anyMatch(setting -> setting.startsWith(path + ".")));
        unknown.forEach(path -> problems.add(path + ": unknown setting"));
    }

    /**
     * Adds a problem for every variable that starts like those of settings and is none.
     *
     * @param others variables of this program that are no settings
     */
    void reportUnknownVariables(Predicate<String> others) {
        Set<String> variables = known.stream().map(this::variable).collect(Collectors.toCollection(TreeSet::new));
        secrets.forEach(path -> variables.add(variable(path) + FILE_SUFFIX));
        environment.entrySet().stream()
                .filter(entry ->
                        entry.getKey().startsWith(prefix) && !entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .filter(name -> !variables.contains(name) && !others.test(name))
                .sorted()
                .forEach(name -> problems.add(name + ": unknown variable" + suggestion(name, variables)));
    }

    private static String suggestion(String name, Set<String> variables) {
        return variables.stream()
                .filter(known -> Spelling.isClose(name, known))
                .findFirst()
                .map(known -> "; did you mean " + known + "?")
                .orElse("");
    }

    /** All settings that were read, in the order of reading. */
    List<EffectiveSetting> effective() {
        return List.copyOf(effective.values());
    }

    private <T> T parse(String path, T fallback, String expected, Function<String, @Nullable T> parser) {
        String text = optionalText(path);
        if (text == null) {
            return standard(path, fallback, shown(fallback));
        }
        T value = parser.apply(text);
        if (value == null) {
            problem(path, text, expected);
            return fallback;
        }
        return value;
    }

    private static Object shown(Object value) {
        if (value instanceof Duration duration) {
            return text(duration);
        }
        if (value instanceof Fsync.Every every) {
            return text(every.interval());
        }
        return value instanceof Enum<?> constant
                ? constant.name().toLowerCase(Locale.ROOT).replace('_', '-')
                : value;
    }

    private static String text(Duration duration) {
        return duration.toMillisPart() != 0
                ? duration.toMillis() + "ms"
                : duration.toSeconds() % 3_600 == 0
                        ? duration.toHours() + "h"
                        : duration.toSeconds() % 60 == 0 ? duration.toMinutes() + "m" : duration.toSeconds() + "s";
    }

    private void problem(String path, String text, String expected) {
        problems.add(where(path) + ": must be " + expected + ", was '" + text + "'");
    }

    private String where(String path) {
        String variable = variable(path);
        String origin = environment.getOrDefault(variable, "").isEmpty() ? origins.get(path) : variable;
        return origin == null ? path : path + " (from " + origin + ")";
    }

    private String variable(String path) {
        return prefix + suffix(path);
    }

    static String suffix(String path) {
        return path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static @Nullable Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    default -> Duration.ofHours(amount);
                };
        return duration.isZero() || duration.compareTo(MAX_DURATION) > 0 ? null : duration;
    }
}
