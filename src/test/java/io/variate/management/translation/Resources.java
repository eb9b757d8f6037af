package io.variate.management.translation;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.engine.CompiledFlags;
import io.variate.engine.EvaluatedVariant;
import io.variate.engine.Evaluation;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.model.DependencyOrder;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.format.ResourceReader;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Resources that refer to each other, and the answers of their compiled flags. */
final class Resources {
    private final CompilerSettings settings;
    private final Map<String, Resource> byKey = new LinkedHashMap<>();

    private Resources(CompilerSettings settings, List<? extends Resource> resources) {
        this.settings = settings;
        resources.forEach(resource -> byKey.put(resource.key(), resource));
    }

    static Resources of(String... json) {
        return of(List.of(json).stream().map(Resources::read).toList());
    }

    static Resources of(List<? extends Resource> resources) {
        return new Resources(CompilerSettings.DEFAULT, resources);
    }

    static Resources of(Resource... resources) {
        return of(List.of(resources));
    }

    Resources with(CompilerSettings changed) {
        return new Resources(changed, List.copyOf(byKey.values()));
    }

    /** Reads JSON of the kind that its fields show. */
    static Resource read(String json) {
        Map<?, ?> tree = (Map<?, ?>) Objects.requireNonNull(Json.parseStrict(json));
        List<Problem> found = new ArrayList<>();
        Resource resource = ResourceReader.read(kind(tree), tree, new Problems("", found));
        assertThat(found).isEmpty();
        return Objects.requireNonNull(resource);
    }

    private static ResourceKind kind(Map<?, ?> tree) {
        if (tree.containsKey("slots")) {
            return ResourceKind.MUTEX;
        }
        if (tree.containsKey("holdoutPercentage")) {
            return ResourceKind.HOLDOUT;
        }
        return tree.containsKey("run") || tree.containsKey("stickyBucketing")
                ? ResourceKind.EXPERIMENT
                : ResourceKind.FLAG;
    }

    References references() {
        return new ResourceIndex(byKey.values());
    }

    Compilation compile(String key, long flagVersion) {
        return ResourceCompiler.compile(Objects.requireNonNull(byKey.get(key)), flagVersion, references(), settings);
    }

    /** The text of a flag without errors. */
    String definition(String key) {
        Compilation compilation = compile(key, 1);
        assertThat(compilation.problems()).noneMatch(Problem::isError);
        return Objects.requireNonNull(compilation.definition());
    }

    List<Problem> problems(String key) {
        return compile(key, 1).problems();
    }

    Flag flag(String key) {
        return flagOf(definition(key));
    }

    static Flag flagOf(String definition) {
        if (FlagReader.read(Json.parseStrict(definition), "flag") instanceof FlagReading.Accepted accepted) {
            return accepted.flag();
        }
        throw new IllegalArgumentException(definition);
    }

    /** Evaluates all flags for users, each a JSON object. */
    Answers answers() {
        List<Flag> flags = byKey.keySet().stream()
                .filter(key -> compile(key, 1).definition() != null)
                .map(this::flag)
                .toList();
        return new Answers(DependencyOrder.sort(flags, List.of()));
    }

    /** The engine with some flags. Not thread-safe. */
    static final class Answers {
        private final CompiledFlags compiled;
        private final EvaluationPlan plan;
        private final Evaluation evaluation = new Evaluation();

        Answers(List<Flag> flags) {
            compiled = CompiledFlags.compile(flags);
            plan = compiled.planAll();
        }

        List<Problem> problems() {
            return compiled.problems();
        }

        /** The keys of the variants by flag. */
        Map<String, String> of(String user) {
            Map<String, String> variants = new LinkedHashMap<>();
            evaluation.evaluate(plan.read(user, null, null));
            for (EvaluatedVariant each : evaluation) {
                variants.put(each.flagKey(), String.valueOf(each.asTree().get("key")));
            }
            return variants;
        }

        @Nullable
        String of(String user, String flag) {
            return of(user).get(flag);
        }
    }
}
