package io.variate.rulesets;

import io.variate.engine.Flag;
import io.variate.engine.Problem;
import io.variate.rulesets.RulesetDocument.DefinedFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What works, but not as meant for clients that evaluate by themselves. */
final class FlagAdvice {
    private FlagAdvice() {}

    /**
     * Local flags that depend on flags of which clients get a stub only, if some deployment has such clients.
     *
     * @return warnings
     */
    static List<Problem> ofStubs(RulesetDocument document) {
        Map<String, Flag> byKey = new HashMap<>();
        document.flags().forEach(flag -> byKey.put(flag.flag().key(), flag.flag()));
        List<Problem> found = new ArrayList<>();
        for (int i = 0; i < document.flags().size(); i++) {
            Flag flag = document.flags().get(i).flag();
            if (FlagFilter.isLocal(flag) && isForClients(flag, document.deployments())) {
                for (int j = 0; j < flag.dependencies().size(); j++) {
                    Flag dependency = byKey.get(flag.dependencies().get(j));
                    if (dependency != null && !FlagFilter.isLocal(dependency)) {
                        found.add(new Problem(
                                Problem.Severity.WARNING,
                                "flags[" + i + "].dependencies[" + j + "]",
                                "is not local, so clients that evaluate this flag with a client key see it as off"));
                    }
                }
            }
        }
        return found;
    }

    private static boolean isForClients(Flag flag, List<Deployment> deployments) {
        return deployments.stream()
                .filter(deployment -> deployment.type() == Deployment.Type.CLIENT)
                .anyMatch(deployment ->
                        deployment.hasAllFlags() || deployment.flags().contains(flag.key()));
    }

    /**
     * Flags that have changed under the same {@code metadata.flagVersion}, by which some clients tell whether they have
     * a flag already.
     *
     * @return warnings
     */
    static List<Problem> ofVersions(RulesetDocument before, RulesetDocument after) {
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
                        "is the same though the flag has changed, so clients that compare it may keep the old flag"));
            }
        }
        return found;
    }

    private static @Nullable Object version(DefinedFlag flag) {
        Map<String, @Nullable Object> metadata = flag.flag().metadata();
        return metadata == null ? null : metadata.get("flagVersion");
    }
}
