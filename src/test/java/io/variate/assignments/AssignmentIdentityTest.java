package io.variate.assignments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssignmentIdentityTest {
    private static final Assignments ON = flags("[%s,%s]", "a", "b");

    private final EventEncoder encoder = new EventEncoder(new FragmentCache(), "eu", "node-1");

    @Test
    void isIndependentOfRulesetRevisionAndResultOrder() {
        assertThat(identity(flags("[%s,%s]", "b", "a").to("{\"country\":\"US\"}", "user", "device")))
                .isEqualTo(identity(ON.to("user", "device")));
    }

    @Test
    void differsWithEachIdAndResult() {
        Set<Identity> seen = new HashSet<>();
        assertThat(seen.add(identity(ON.to("user", "device")))).isTrue();
        assertThat(seen.add(identity(ON.to("user", null)))).isTrue();
        assertThat(seen.add(identity(ON.to(null, "user")))).isTrue();
        assertThat(seen.add(identity(ON.to("user", "null")))).isTrue();
        assertThat(seen.add(identity(ON.to("user device", null)))).isTrue();
        assertThat(seen.add(identity(ON.to("device", "user")))).isTrue();
        assertThat(seen.add(identity(ON.to("userdevice", "")))).isTrue();
        assertThat(seen.add(identity(ON.to(" user", "device")))).isTrue();
        assertThat(seen.add(identity(flags("[%s]", "a").to("user", "device")))).isTrue();
        assertThat(seen.add(identity(flags("[%s]", "b").to("user", "device")))).isTrue();
        assertThat(seen.add(identity(flags("[%s]", "a on b").to("user", "device"))))
                .isTrue();
        assertThat(seen.add(identity(flags("[]").to("user", "device")))).isTrue();
    }

    @Test
    void equalResultsOfTwoProjectsDiffer() {
        Set<Identity> seen = new HashSet<>();
        assertThat(seen.add(identity(in("", ON.to("user", "device"))))).isTrue();
        assertThat(seen.add(identity(in("shop", ON.to("user", "device"))))).isTrue();
        assertThat(seen.add(identity(in("bank", ON.to("user", "device"))))).isTrue();
        assertThat(seen.add(identity(in("bank", ON.to("user", "device"))))).isFalse();
    }

    private static Assignment in(String project, Assignment assignment) {
        return new Assignment(
                assignment.context(),
                assignment.evaluation(),
                assignment.revision(),
                project,
                assignment.deployment(),
                assignment.time());
    }

    @Test
    void neitherHalfCollidesForTwoHundredThousandUsers() {
        Set<Long> high = new HashSet<>();
        Set<Long> low = new HashSet<>();
        for (int i = 0; i < 200_000; i++) {
            Identity identity = identity(ON.to("user-" + i, null));
            high.add(identity.high());
            low.add(identity.low());
        }
        assertThat(high).hasSize(200_000);
        assertThat(low).hasSize(200_000);
    }

    private record Identity(long high, long low) {}

    private Identity identity(Assignment assignment) {
        EventEncoder read = encoder.read(assignment);
        return new Identity(read.high(), read.low());
    }

    /** Flags that are on for everyone. */
    private static Assignments flags(String list, Object... keys) {
        Object[] flags = new Object[keys.length];
        for (int i = 0; i < keys.length; i++) {
            flags[i] = "{\"key\":\"" + keys[i]
                    + "\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]}";
        }
        return Assignments.of(list.formatted(flags));
    }
}
