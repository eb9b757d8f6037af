package io.variate.rulesets;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.Cohorts;
import io.variate.engine.CompiledFlags;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.EncodedRuleset;
import io.variate.rulesets.document.RulesetDocument;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.document.RulesetReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a document into the ruleset of one zone; takes time, so it runs on a worker thread. */
final class RulesetCompiler {
    private RulesetCompiler() {}

    /** Deployments with the same flags, as clients of the same kind may see them: they share what is made of them. */
    private record Audience(CompiledFlags flags, Deployment.Type type, boolean remoteRules) {}

    /** Compiles what can be compiled: a bad flag or deployment is left out alone, with its problem noted. */
    static Ruleset compile(EncodedRuleset encoded, String zone) {
        RulesetReader.Reading reading = RulesetReader.read(encoded.json());
        List<Flag> all =
                reading.document().flags().stream().map(DefinedFlag::flag).toList();
        CompiledFlags compiled = CompiledFlags.compile(all);
        List<Problem> problems = new ArrayList<>(reading.problems());
        problems.addAll(compiled.problems());
        Map<String, DeployedFlags> byKey = new LinkedHashMap<>();
        Map<Set<String>, CompiledFlags> bySelection = new HashMap<>();
        Map<Audience, ServedFlags> byAudience = new HashMap<>();
        for (Deployment deployment : reading.document().deployments()) {
            if (deployment.isServedIn(zone)) {
                CompiledFlags own = deployment.hasAllFlags()
                        ? compiled
                        : bySelection.computeIfAbsent(
                                Set.copyOf(deployment.flags()), keys -> CompiledFlags.compile(subset(all, keys)));
                ServedFlags served = byAudience.computeIfAbsent(
                        new Audience(own, deployment.type(), deployment.remoteRules()), RulesetCompiler::served);
                byKey.put(deployment.key(), new DeployedFlags(deployment, own, served));
            }
        }
        return new Ruleset(
                encoded.revision(), encoded, byKey, cohorts(reading.document(), encoded.revision()), problems);
    }

    /** A cohort that does not say when it was changed may have been changed with any revision. */
    private static Cohorts cohorts(RulesetDocument document, long revision) {
        return Cohorts.of(document.cohorts().stream()
                .map(cohort -> Cohort.ofDocument(
                        cohort.id(),
                        cohort.groupType(),
                        cohort.lastModified() == null ? Math.max(1, revision) : cohort.lastModified(),
                        cohort.memberIds()))
                .toList());
    }

    private static ServedFlags served(Audience audience) {
        List<Flag> sound = audience.flags().planAll().flags();
        if (audience.remoteRules()) {
            return new ServedFlags(sound);
        }
        List<Flag> stubbed = FlagStubs.hideRemote(sound);
        return audience.type() == Deployment.Type.CLIENT
                ? new ServedFlags(stubbed)
                : new ServedFlags(stubbed, new ServedFlags(sound));
    }

    /** The flags of a deployment with all that they depend on, the latter marked as undeployed. */
    private static List<Flag> subset(List<Flag> all, Set<String> deployed) {
        Set<String> needed = ServedFlags.closure(all, deployed);
        return all.stream()
                .filter(flag -> needed.contains(flag.key()))
                .map(flag -> deployed.contains(flag.key()) ? flag : undeployed(flag))
                .toList();
    }

    private static Flag undeployed(Flag flag) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        if (flag.metadata() != null) {
            metadata.putAll(flag.metadata());
        }
        metadata.put("deployed", false);
        return new Flag(flag.key(), flag.variants(), flag.segments(), flag.dependencies(), metadata);
    }
}
