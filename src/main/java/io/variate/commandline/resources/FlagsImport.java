package io.variate.commandline.resources;

import io.variate.engine.model.DependencyCycleException;
import io.variate.engine.model.DependencyOrder;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.management.format.FlagKind;
import io.variate.management.format.ProjectIds;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.translation.CompilerSettings;
import io.variate.management.translation.Decompilation;
import io.variate.management.translation.Decompiler;
import io.variate.management.translation.ResourceIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Imports a document of {@code /sdk/v2/flags}: exactly, for what no resource compiles to is raw. Ids of Amplitude in the
 * payloads of groups become those of the flags in the document. Single use.
 */
final class FlagsImport {
    private final String project;

    /** By key, with ids from 1. */
    private final Map<String, Resource> resources = new LinkedHashMap<>();

    private final Map<String, Map<String, @Nullable Object>> trees = new LinkedHashMap<>();
    private final List<String> report = new ArrayList<>();

    private FlagsImport(String project) {
        this.project = project;
    }

    static ResourceCommands.Imported read(Path file, String project) throws IOException {
        List<?> flags;
        try {
            flags = Json.parseStrict(Files.readString(file)) instanceof List<?> list ? list : null;
        } catch (JsonException e) {
            throw new IOException(file + " is not valid JSON: " + e.getMessage() + ", at " + e.path(), e);
        }
        if (flags == null) {
            throw new IOException(file + " must be an array of flags, as /sdk/v2/flags returns it");
        }
        return new FlagsImport(project).read(flags);
    }

    private ResourceCommands.Imported read(List<?> flags) throws IOException {
        List<Flag> valid = new ArrayList<>();
        for (Object each : flags) {
            Map<String, @Nullable Object> tree = ManagementClient.object("flags", each);
            String key = String.valueOf(tree.get("key"));
            trees.put(key, tree);
            if (FlagReader.read(tree, "") instanceof FlagReading.Accepted accepted) {
                valid.add(accepted.flag());
            }
        }
        trees.forEach((key, tree) -> resources.put(key, raw(key, tree)));
        replaceMembers(valid);
        for (String key : ordered(valid)) {
            decompile(key);
        }
        SortedMap<ResourceName, Map<String, @Nullable Object>> files = new TreeMap<>();
        Map<String, String> keys = new HashMap<>();
        resources.values().forEach(resource -> keys.put(String.valueOf(resource.id()), resource.key()));
        resources
                .values()
                .forEach(resource -> files.put(
                        new ResourceName(project, ResourceSet.of(resource.kind()), resource.key()),
                        PortableForm.of(
                                ResourceWriter.tree(resource),
                                UnaryOperator.identity(),
                                id -> keys.getOrDefault(id, id))));
        return new ResourceCommands.Imported(files, report);
    }

    private RawFlag raw(String key, Map<String, @Nullable Object> tree) {
        Resource before = resources.get(key);
        String definition = Json.write(tree);
        return new RawFlag(
                before == null ? resources.size() + 1 : before.id(),
                ProjectIds.project(project),
                key,
                FlagKind.of(definition),
                key,
                "",
                definition,
                List.of(),
                List.of(),
                false);
    }

    /** Groups list Amplitude's ids, which evaluation flags do not have: the members are the flags that require a variant. */
    private void replaceMembers(List<Flag> flags) {
        Map<String, Map<String, List<String>>> members = new HashMap<>();
        for (Flag flag : flags) {
            Resource member = Objects.requireNonNull(resources.get(flag.key()));
            flag.segments().stream()
                    .filter(segment -> segment.conditions() != null)
                    .flatMap(segment -> Objects.requireNonNull(segment.conditions()).stream())
                    .flatMap(List::stream)
                    .filter(condition -> condition.selector().size() == 3
                            && condition.selector().get(0).equals("result"))
                    .forEach(condition -> condition.values().forEach(variant -> members.computeIfAbsent(
                                    condition.selector().get(1), absent -> new HashMap<>())
                            .computeIfAbsent(variant, absent -> new ArrayList<>())
                            .add(String.valueOf(member.id()))));
        }
        trees.forEach((key, tree) -> {
            Resource group = Objects.requireNonNull(resources.get(key));
            if ((ResourceSet.of(group.kind()) == ResourceSet.MUTEXES
                            || ResourceSet.of(group.kind()) == ResourceSet.HOLDOUTS)
                    && tree.get("variants") instanceof Map<?, ?> variants) {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>(tree);
                copy.put("variants", withMembers(key, variants, members.getOrDefault(key, Map.of())));
                resources.put(key, raw(key, copy));
            }
        });
    }

    private Map<Object, @Nullable Object> withMembers(
            String group, Map<?, ?> variants, Map<String, List<String>> members) {
        Map<Object, @Nullable Object> copies = new LinkedHashMap<>();
        variants.forEach((key, value) -> {
            Object copy = value;
            if (value instanceof Map<?, ?> variant
                    && variant.get("payload") instanceof Map<?, ?> payload
                    && payload.get("flagIds") instanceof List<?> ids) {
                List<String> found = members.getOrDefault(String.valueOf(key), List.of());
                if (found.size() != ids.size()) {
                    report.add("note: " + group + ": " + found.size() + " of " + ids.size() + " members of '" + key
                            + "' are in the document");
                }
                Map<Object, @Nullable Object> changed = new LinkedHashMap<>(variant);
                changed.put("payload", Map.of("flagIds", found));
                copy = changed;
            }
            copies.put(key, copy);
        });
        return copies;
    }

    /** Groups and parents first. Flags on a cycle stay raw. */
    private List<String> ordered(List<Flag> flags) {
        try {
            return DependencyOrder.sort(flags, List.of()).stream()
                    .map(Flag::key)
                    .toList();
        } catch (DependencyCycleException e) {
            report.add("note: all flags are raw, because of a " + e.getMessage());
            return List.of();
        }
    }

    private void decompile(String key) {
        RawFlag raw = (RawFlag) Objects.requireNonNull(resources.get(key));
        Decompilation found = Decompiler.decompile(
                raw, raw.definition(), new ResourceIndex(resources.values()), CompilerSettings.DEFAULT);
        if (found instanceof Decompilation.Managed managed) {
            resources.put(key, managed.resource());
            boolean off = managed.resource() instanceof ManagedFlag flag && !flag.enabled();
            report.add("managed: " + key + (off ? " (disabled, or a stub of a remote flag)" : ""));
        } else {
            report.add("raw: " + key + ": " + ((Decompilation.Raw) found).reason());
        }
    }
}
