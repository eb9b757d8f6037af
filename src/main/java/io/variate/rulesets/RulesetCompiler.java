package io.variate.rulesets;

import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetDocument;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.document.RulesetReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles documents into rulesets for one zone. Expensive: call it on a worker thread. */
final class RulesetCompiler {
    private RulesetCompiler() {}

    /** Deployments that see the same flags in the same form share their compiled and encoded flags. */
    private record Audience(CompiledFlags flags, Deployment.Type type, boolean remoteRules) {}

    /**
     * Compiles whatever is valid: an invalid flag or deployment is left out, and its problem reported.
     *
     * @throws InvalidRulesetException if the text is not a JSON object
     */
    static Ruleset compile(EncodedRuleset encoded, String zone) {
        RulesetReader.Reading reading = RulesetReader.read(encoded.json());
        CompiledFlags compiled = CompiledFlags.compile(flags(reading.document()));
        List<Problem> problems = new ArrayList<>(reading.problems());
        problems.addAll(compiled.problems());
        return compile(reading.document(), compiled, problems, zone).at(encoded);
    }

    /** Compiles a checked document, whose flags are compiled already. */
    static CompiledDocument compile(CheckedRuleset checked, String zone) {
        return compile(checked.document(), checked.flags(), checked.problemsOfContent(), zone);
    }

    private static CompiledDocument compile(
            RulesetDocument document, CompiledFlags compiled, List<Problem> problems, String zone) {
        List<Flag> all = flags(document);
        Map<String, DeployedFlags> byKey = new LinkedHashMap<>();
        Map<Set<String>, CompiledFlags> bySelection = new HashMap<>();
        FlagForms forms = FlagForms.of(all, FlagForms.NONE);
        Map<Audience, ServedFlags> byAudience = new HashMap<>();
        for (Deployment deployment : document.deployments()) {
            if (deployment.isServedIn(zone)) {
                CompiledFlags own = deployment.hasAllFlags()
                        ? compiled
                        : bySelection.computeIfAbsent(
                                Set.copyOf(deployment.flags()),
                                keys -> CompiledFlags.compile(subset(all, keys, forms)));
                ServedFlags served = byAudience.computeIfAbsent(
                        new Audience(own, deployment.type(), deployment.remoteRules()),
                        audience -> served(audience, forms));
                byKey.put(deployment.key(), new DeployedFlags(deployment, own, served));
            }
        }
        return new CompiledDocument(document, Map.copyOf(byKey), List.copyOf(problems));
    }

    private static List<Flag> flags(RulesetDocument document) {
        return document.flags().stream().map(DefinedFlag::flag).toList();
    }

    private static ServedFlags served(Audience audience, FlagForms forms) {
        List<ServedFlag> sound = forms.served(audience.flags().planAll().flags());
        if (audience.remoteRules()) {
            return ServedFlags.of(sound, null);
        }
        List<ServedFlag> stubs = FlagStubs.hideRemote(sound);
        return audience.type() == Deployment.Type.CLIENT
                ? ServedFlags.of(stubs, null)
                : ServedFlags.withStubs(stubs, sound, null);
    }

    /** The flags of a deployment and their dependencies, which are marked as undeployed. */
    private static List<Flag> subset(List<Flag> all, Set<String> deployed, FlagForms forms) {
        Set<String> needed = ServedFlags.closure(all, deployed);
        return all.stream()
                .filter(flag -> needed.contains(flag.key()))
                .map(flag -> deployed.contains(flag.key()) ? flag : forms.undeployed(flag))
                .toList();
    }
}
