package io.variate.rulesets;

import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.rulesets.document.FlagFilter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Replaces remote flags by stubs, which list the variants but contain no rules. Clients with a public key must not see the
 * rules. SDKs with local evaluation would evaluate and track the flag in spite of its evaluation mode.
 *
 * <p>Source: the responses of Amplitude's cloud to {@code /sdk/v2/flags}.
 */
final class FlagStubs {
    /** The only segment of a stub: every user gets {@code off}. */
    private static final List<Segment> OFF = List.of(new Segment(null, null, "off", Map.of("segmentName", "default")));

    private FlagStubs() {}

    /** Replaces flags that are not local by stubs, and drops flags that only those depended on. */
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
