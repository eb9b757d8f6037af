package io.variate.management;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.Problem;
import io.variate.management.model.Resource;
import io.variate.management.translation.Compilation;
import io.variate.management.translation.CompilerSettings;
import io.variate.management.translation.FlagComparison;
import io.variate.management.translation.References;
import io.variate.management.translation.ResourceCompiler;
import io.variate.rulesets.document.InvalidRulesetException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled flag with its version, which grows only with the rest of the flag.
 *
 * @param definition the JSON of the row
 */
record CompiledDefinition(String definition, List<Problem> warnings) {

    /**
     * Compiles a managed flag or group.
     *
     * @param earlier the definition that the row has, or had last; null if it never had one
     * @param isPresent whether the row exists
     * @throws InvalidRulesetException if the resource has errors; paths are those of its fields
     */
    static CompiledDefinition of(
            Resource resource,
            References references,
            CompilerSettings settings,
            @Nullable String earlier,
            boolean isPresent) {
        Object tree = earlier == null ? null : tree(earlier);
        long version = flagVersion(tree);
        if (earlier != null && isPresent && version > 0) {
            CompiledDefinition same = compile(resource, version, references, settings);
            boolean isSame = same.definition.equals(earlier)
                    || FlagComparison.firstDifference(Json.parseExact(same.definition), tree) == null;
            if (isSame) {
                return new CompiledDefinition(earlier, same.warnings);
            }
        }
        return compile(resource, version + 1, references, settings);
    }

    private static CompiledDefinition compile(
            Resource resource, long version, References references, CompilerSettings settings) {
        Compilation compilation = ResourceCompiler.compile(resource, version, references, settings);
        String definition = compilation.definition();
        if (compilation.hasErrors() || definition == null) {
            throw new InvalidRulesetException(compilation.problems());
        }
        return new CompiledDefinition(definition, compilation.problems());
    }

    private static long flagVersion(@Nullable Object tree) {
        return tree instanceof Map<?, ?> flag
                        && flag.get("metadata") instanceof Map<?, ?> metadata
                        && metadata.get("flagVersion") instanceof Number number
                ? Math.max(0, number.longValue())
                : 0;
    }

    /** A row that was written with SQL may be no JSON. */
    private static @Nullable Object tree(String definition) {
        try {
            return Json.parseExact(definition);
        } catch (JsonException e) {
            return null;
        }
    }
}
