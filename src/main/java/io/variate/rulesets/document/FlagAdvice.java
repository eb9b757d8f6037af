package io.variate.rulesets.document;

import io.variate.engine.FlagPortability;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Warns of flags that are valid, but may not behave as intended in SDKs with local evaluation. */
public final class FlagAdvice {
    private FlagAdvice() {}

    /**
     * Local flags that depend on flags which SDKs get as stubs, if some deployment delivers them so.
     *
     * @return warnings
     */
    static List<Problem> ofStubs(RulesetDocument document) {
        Map<String, Flag> byKey = new HashMap<>();
        document.flags().forEach(flag -> byKey.put(flag.flag().key(), flag.flag()));
        List<Problem> found = new ArrayList<>();
        for (int i = 0; i < document.flags().size(); i++) {
            Flag flag = document.flags().get(i).flag();
            if (FlagFilter.isLocal(flag) && isServedWithStubs(flag, document.deployments())) {
                for (int j = 0; j < flag.dependencies().size(); j++) {
                    Flag dependency = byKey.get(flag.dependencies().get(j));
                    if (dependency != null && !FlagFilter.isLocal(dependency)) {
                        found.add(new Problem(
                                Problem.Severity.WARNING,
                                "flags[" + i + "].dependencies[" + j + "]",
                                "is not a local flag, so SDKs with local evaluation see it as off; to deliver its rules, set"
                                        + " remoteRules on deployments of type server"));
                    }
                }
            }
        }
        return found;
    }

    /**
     * Local flags with patterns that some SDKs do not support, and local flags that depend on a flag withheld for that
     * reason.
     *
     * @return warnings
     */
    static List<Problem> ofPatterns(RulesetDocument document) {
        List<Flag> flags = document.flags().stream().map(DefinedFlag::flag).toList();
        Set<String> withheld = LocalDelivery.withheld(flags);
        List<Problem> found = new ArrayList<>();
        for (int i = 0; i < flags.size(); i++) {
            Flag flag = flags.get(i);
            if (FlagFilter.isLocal(flag)) {
                String path = "flags[" + i + "]";
                found.addAll(FlagPortability.of(flag, path).warnings());
                for (int j = 0; j < flag.dependencies().size(); j++) {
                    if (withheld.contains(flag.dependencies().get(j))) {
                        found.add(new Problem(
                                Problem.Severity.WARNING,
                                path + ".dependencies[" + j + "]",
                                "has a pattern that some SDKs cannot read, or depends on such a flag, so SDKs with local"
                                        + " evaluation do not get this flag either"));
                    }
                }
            }
        }
        return found;
    }

    /**
     * Numbers in payloads and metadata that overflow in clients with 64-bit floating-point numbers.
     *
     * @return warnings
     */
    static List<Problem> ofNumbers(RulesetDocument document) {
        List<Problem> found = new ArrayList<>();
        for (int i = 0; i < document.flags().size(); i++) {
            addNumbers(document.flags().get(i).definition(), "flags[" + i + "]", found);
        }
        return found;
    }

    private static void addNumbers(@Nullable Object tree, String path, List<Problem> found) {
        if (tree instanceof Map<?, ?> members) {
            members.forEach((name, member) -> addNumbers(member, path + "." + name, found));
        } else if (tree instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                addNumbers(elements.get(i), path + "[" + i + "]", found);
            }
        } else if (tree instanceof Number number && !Double.isFinite(number.doubleValue())) {
            found.add(new Problem(
                    Problem.Severity.WARNING,
                    path,
                    "is delivered as written, but exceeds 64-bit floating point: some clients read it as infinity, and Go"
                            + " clients reject the whole response"));
        }
    }

    private static boolean isServedWithStubs(Flag flag, List<Deployment> deployments) {
        return deployments.stream()
                .filter(deployment -> !deployment.remoteRules())
                .anyMatch(deployment ->
                        deployment.hasAllFlags() || deployment.flags().contains(flag.key()));
    }

    /**
     * Flags that have changed without a new {@code metadata.flagVersion}, by which some clients detect changes.
     *
     * @return warnings
     */
    public static List<Problem> ofVersions(RulesetDocument before, RulesetDocument after) {
        Map<String, DefinedFlag> earlier = new HashMap<>();
        before.flags().forEach(flag -> earlier.put(flag.flag().key(), flag));
        List<Problem> found = new ArrayList<>();
        for (int i = 0; i < after.flags().size(); i++) {
            DefinedFlag flag = after.flags().get(i);
            DefinedFlag same = earlier.get(flag.flag().key());
            Object version = version(flag);
            if (same != null
                    && version != null
                    && version.equals(version(same))
                    && !flag.flag().equals(same.flag())) {
                found.add(new Problem(
                        Problem.Severity.WARNING,
                        "flags[" + i + "].metadata.flagVersion",
                        "has not changed although the flag has, so clients that compare it may keep the old flag"));
            }
        }
        return found;
    }

    private static @Nullable Object version(DefinedFlag flag) {
        Map<String, @Nullable Object> metadata = flag.flag().metadata();
        return metadata == null ? null : metadata.get("flagVersion");
    }
}
