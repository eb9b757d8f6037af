package io.variate.rulesets;

import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.rulesets.document.FlagFilter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Flags for clients that do not evaluate remote flags: of a flag that only the server evaluates they learn which variants
 * there are, and no rule. Those whose key anyone can read must not know the rules; SDKs with local evaluation would
 * evaluate and track the flag, which is not what its mode says.
 *
 * <p>Source: what Amplitude's cloud answers to {@code /sdk/v2/flags}.
 */
final class FlagStubs {
    /** All that a stub says about who gets what: nobody gets anything. */
    private static final List<Segment> OFF = List.of(new Segment(null, null, "off", Map.of("segmentName", "default")));

    private FlagStubs() {}

    /** The flags with stubs for those that are not local, and without those that were there only for them. */
    static List<Flag> hideRemote(List<Flag> flags) {
        List<Flag> stubbed = flags.stream()
                .map(flag -> FlagFilter.isLocal(flag) ? flag : stub(flag))
                .toList();
        Set<String> deployed =
                stubbed.stream().filter(FlagStubs::isDeployed).map(Flag::key).collect(Collectors.toSet());
        Set<String> needed = ServedFlags.closure(stubbed, deployed);
        return stubbed.stream().filter(flag -> needed.contains(flag.key())).toList();
    }

    private static Flag stub(Flag flag) {
        return new Flag(flag.key(), flag.variants(), OFF, List.of(), flag.metadata());
    }

    private static boolean isDeployed(Flag flag) {
        return flag.metadata() == null || !Boolean.FALSE.equals(flag.metadata().get("deployed"));
    }
}
