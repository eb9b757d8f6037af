package io.variate.management.translation;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.format.ResourceReader;
import io.variate.management.format.ResourceWriter;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns evaluation flags back into flags, experiments and groups: only without loss, so that the result compiles to the
 * same flag but for the order of members, variants, metadata, and parents. Stateless; as thread-safe as the references.
 */
public final class Decompiler {
    private Decompiler() {}

    /** The kind of resource that an evaluation flag is: that of its metadata key {@code flagType}, by default a flag. */
    public static ResourceKind kind(String definition) {
        try {
            return Json.parseExact(definition) instanceof Map<?, ?> flag
                            && flag.get("metadata") instanceof Map<?, ?> metadata
                    ? kind(metadata)
                    : ResourceKind.FLAG;
        } catch (JsonException e) {
            return ResourceKind.FLAG;
        }
    }

    private static ResourceKind kind(Map<?, ?> metadata) {
        Object type = metadata.get("flagType");
        if (FlagTypes.EXPERIMENT.equals(type)) {
            return ResourceKind.EXPERIMENT;
        }
        if (FlagTypes.MUTEX.equals(type)) {
            return ResourceKind.MUTEX;
        }
        return FlagTypes.HOLDOUT.equals(type) ? ResourceKind.HOLDOUT : ResourceKind.FLAG;
    }

    /**
     * Decompiles an evaluation flag.
     *
     * @param present the resource of the flag, raw or managed. The result has its id, project and key, and all that an
     *     evaluation flag does not show: its texts, tags and deployments, and the rollout of a disabled flag.
     * @param definition the evaluation flag
     * @param references finds the groups of the flag by its id, and its parents by their keys
     */
    public static Decompilation decompile(
            Resource present, String definition, References references, CompilerSettings settings) {
        try {
            return decompile(present, parse(definition), references, settings);
        } catch (NotManagedException e) {
            return new Decompilation.Raw(String.valueOf(e.getMessage()));
        }
    }

    private static Map<?, ?> parse(String definition) {
        try {
            if (Json.parseStrict(definition) instanceof Map<?, ?> tree) {
                return tree;
            }
        } catch (JsonException e) {
            throw new NotManagedException("is not valid JSON: " + e.getMessage());
        }
        throw new NotManagedException("is not a JSON object");
    }

    private static Decompilation decompile(
            Resource present, Map<?, ?> tree, References references, CompilerSettings settings) {
        FlagReading reading = FlagReader.read(tree, "");
        if (!(reading instanceof FlagReading.Accepted accepted)) {
            throw new NotManagedException("is not a valid evaluation flag");
        }
        Flag flag = accepted.flag();
        if (!flag.key().equals(present.key())) {
            throw new NotManagedException("has another key than its resource");
        }
        Map<String, @Nullable Object> metadata = flag.metadata() == null ? Map.of() : flag.metadata();
        if (!(metadata.get("flagVersion") instanceof Long flagVersion)) {
            throw new NotManagedException("has no flagVersion");
        }
        ResourceKind kind = kind(metadata);
        Resource found =
                switch (kind) {
                    case MUTEX -> new GroupDecompiler(present, flag, references).mutex();
                    case HOLDOUT -> new GroupDecompiler(present, flag, references).holdout();
                    default -> new FlagDecompiler(present, flag, references).decompile(kind);
                };
        requireWithinLimits(found);
        requireEqual(tree, ResourceCompiler.compile(found, flagVersion, references, settings));
        return new Decompilation.Managed(found, flagVersion);
    }

    private static void requireWithinLimits(Resource found) {
        List<Problem> problems = new ArrayList<>();
        ResourceReader.read(found.kind(), ResourceWriter.tree(found), new Problems("", problems));
        problems.stream().filter(Problem::isError).findFirst().ifPresent(problem -> {
            throw new NotManagedException(problem.path() + ": " + problem.reason());
        });
    }

    private static void requireEqual(Map<?, ?> tree, Compilation compilation) {
        for (Problem problem : compilation.problems()) {
            if (problem.isError()) {
                throw new NotManagedException(problem.path() + ": " + problem.reason());
            }
        }
        String definition = compilation.definition();
        String difference =
                definition == null ? "its row" : FlagComparison.firstDifference(tree, Json.parseStrict(definition));
        if (difference != null) {
            throw new NotManagedException("no managed flag compiles to the same " + difference);
        }
    }
}
