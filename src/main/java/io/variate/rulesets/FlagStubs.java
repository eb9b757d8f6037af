package io.variate.rulesets;

import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    static List<ServedFlag> hideRemote(List<ServedFlag> flags) {
        List<ServedFlag> stubbed = new ArrayList<>(flags.size());
        List<String> deployed = new ArrayList<>(flags.size());
        for (ServedFlag flag : flags) {
            ServedFlag stub = flag.stub();
            stubbed.add(stub);
            if (stub.isDeployed()) {
                deployed.add(stub.key());
            }
        }
        if (deployed.size() == stubbed.size()) {
            return stubbed;
        }
        Set<String> needed = ServedFlags.closure(flagsOf(stubbed), deployed);
        return stubbed.stream().filter(flag -> needed.contains(flag.key())).toList();
    }

    private static List<Flag> flagsOf(List<ServedFlag> served) {
        return served.stream().map(ServedFlag::flag).toList();
    }

    /** The stub of a remote flag. */
    static Flag of(Flag flag) {
        return new Flag(flag.key(), flag.variants(), OFF, List.of(), flag.metadata());
    }
}
