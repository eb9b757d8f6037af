package io.variate.rulesets.document;

import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads ruleset documents. Leaves invalid elements out and reports them, so that the caller can use the rest or reject the
 * document.
 */
public final class RulesetReader {
    private static final Set<String> FIELDS = Set.of("revision", "deployments", "flags", "cohorts");

    private final ObjectReader tree;

    private RulesetReader(Map<?, ?> tree) {
        this.tree = ObjectReader.of(tree, new Problems("", new ArrayList<>()));
    }

    /** The valid part of a document, and its problems. */
    public record Reading(RulesetDocument document, List<Problem> problems) {}

    /**
     * Reads a document.
     *
     * @throws InvalidRulesetException if the text is not JSON, or not an object
     */
    public static Reading read(String json) {
        if (parse(json) instanceof Map<?, ?> object) {
            return new RulesetReader(object).read();
        }
        throw new InvalidRulesetException(List.of(new Problem("$", "must be an object")));
    }

    /**
     * Reads a document, or a list of flags, which stands for a document with these flags only.
     *
     * @throws InvalidRulesetException if the text is not JSON, or neither an object nor a list
     */
    static Reading readDocumentOrFlags(String json) {
        Object tree = parse(json);
        if (tree instanceof List<?> flags) {
            return new RulesetReader(Map.of("flags", flags)).read();
        }
        if (tree instanceof Map<?, ?> object) {
            return new RulesetReader(object).read();
        }
        throw new InvalidRulesetException(List.of(new Problem("$", "must be a ruleset document or a list of flags")));
    }

    private static @Nullable Object parse(String json) {
        try {
            return Json.parseStrict(json);
        } catch (JsonException e) {
            throw new InvalidRulesetException(
                    List.of(new Problem(e.path(), e.getMessage() + ", in " + RulesetText.position(json, e.offset()))));
        }
    }

    private Reading read() {
        for (String field : tree.unknownFields(FIELDS)) {
            // Unlike other paths, this one has any name as written, without quotes.
            tree.problems().add(field, "is not a field of a ruleset");
        }
        List<DefinedFlag> flags = flags();
        RulesetDocument document = new RulesetDocument(revision(), deployments(flags), flags, cohorts());
        return new Reading(document, tree.problems().found());
    }

    private long revision() {
        Object revision = Json.typed(tree.value("revision"));
        if (revision instanceof Long number && number >= 0) {
            return number;
        }
        if (revision != null) {
            tree.problem("revision", "must be an integer, 0 or more");
        }
        return 0;
    }

    private List<DefinedFlag> flags() {
        List<DefinedFlag> flags = new ArrayList<>();
        Map<String, String> pathsByKey = new HashMap<>();
        tree.forEach("flags", (json, problems) -> {
            FlagReading reading = FlagReader.read(json, problems.path());
            if (reading instanceof FlagReading.Rejected rejected) {
                problems.found().addAll(rejected.problems());
            } else if (reading instanceof FlagReading.Accepted accepted
                    && isNew(accepted.flag().key(), problems.member("key"), pathsByKey)) {
                flags.add(new DefinedFlag(
                        accepted.flag(), ObjectReader.of(json, problems).members()));
            }
        });
        return flags;
    }

    private List<Deployment> deployments(List<DefinedFlag> flags) {
        Set<String> known = new HashSet<>(Set.of("*"));
        flags.forEach(flag -> known.add(flag.flag().key()));
        List<Deployment> deployments = new ArrayList<>();
        Map<String, String> pathsByKey = new HashMap<>();
        tree.forEach("deployments", (json, problems) -> {
            Deployment deployment = DeploymentFormat.read(json, problems);
            if (deployment != null && isNew(deployment.key(), problems.member("key"), pathsByKey)) {
                reportUnknownFlags(deployment, known, problems.member("flags"));
                deployments.add(deployment);
            }
        });
        return deployments;
    }

    private static void reportUnknownFlags(Deployment deployment, Set<String> known, Problems problems) {
        for (int i = 0; i < deployment.flags().size(); i++) {
            String flag = deployment.flags().get(i);
            if (!known.contains(flag)) {
                problems.element(i).add("", "no flag has the key '" + flag + "'");
            }
        }
    }

    private List<DefinedCohort> cohorts() {
        List<DefinedCohort> cohorts = new ArrayList<>();
        Map<String, String> pathsById = new HashMap<>();
        tree.forEach("cohorts", (json, problems) -> {
            DefinedCohort cohort = CohortDefinition.read(json, problems);
            if (cohort != null && isNew(cohort.id(), problems.member("id"), pathsById)) {
                cohorts.add(cohort);
            }
        });
        return cohorts;
    }

    /** Reports a repeated key by the path of its first use, not by its value, because deployment keys are secret. */
    private static boolean isNew(String key, Problems problems, Map<String, String> pathsByKey) {
        String earlier = pathsByKey.putIfAbsent(key, problems.path());
        if (earlier != null) {
            problems.add("", "is the same as " + earlier);
        }
        return earlier == null;
    }
}
