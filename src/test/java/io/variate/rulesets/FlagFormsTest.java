package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.rulesets.document.FlagFilter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sets of flags that are created from those of an earlier ruleset. */
class FlagFormsTest {
    private static final FlagFilter REMOTE = new FlagFilter("remote", null, List.of());
    private static final FlagFilter LOCAL = new FlagFilter("local", null, List.of());

    private final Flag local = flag("local", Map.of("evaluationMode", "local"), "a");
    private final Flag remote = flag("remote", null, "b");
    private final Flag edited = flag("local", Map.of("evaluationMode", "local"), "c");

    @Test
    void keepsTheFormsOfAnUnchangedFlag() {
        FlagForms before = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        FlagForms after = FlagForms.of(List.of(edited, remote), before);

        assertThat(after.served(List.of(remote)).get(0))
                .isSameAs(before.served(List.of(remote)).get(0));
        assertThat(after.served(List.of(edited)).get(0))
                .isNotSameAs(before.served(List.of(local)).get(0));
        assertThat(after.undeployed(remote)).isSameAs(before.undeployed(remote));
        assertThat(after.undeployed(remote).metadata()).containsEntry("deployed", false);
        assertThat(stub(after, remote)).isSameAs(stub(before, remote)).isNotSameAs(remote);
        assertThat(stub(after, edited)).isSameAs(edited);
    }

    @Test
    void findsTheFormOfAnUndeployedFlag() {
        FlagForms forms = FlagForms.of(List.of(remote), FlagForms.NONE);
        Flag undeployed = forms.undeployed(remote);

        ServedFlag served = forms.served(List.of(undeployed)).get(0);

        assertThat(served.flag()).isSameAs(undeployed);
        assertThat(served.isDeployed()).isFalse();
        assertThat(forms.served(List.of(undeployed)).get(0)).isSameAs(served);
    }

    @Test
    void areTheEarlierFormsWithoutAChange() {
        FlagForms before = FlagForms.of(List.of(local, remote), FlagForms.NONE);

        assertThat(FlagForms.of(List.of(local, remote), before)).isSameAs(before);
        assertThat(FlagForms.of(List.of(local), before)).isNotSameAs(before);
    }

    @Test
    void haveTheOrderOfTheNewFlags() {
        FlagForms before = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        FlagForms moved = FlagForms.of(List.of(remote, local), before);
        FlagForms shorter = FlagForms.of(List.of(local), before);
        FlagForms longer = FlagForms.of(List.of(remote, local), shorter);

        assertThat(List.of(moved.flag(0), moved.flag(1))).containsExactly(remote, local);
        assertThat(moved.index(remote.key())).isZero();
        assertThat(moved.served(List.of(local))).isEqualTo(before.served(List.of(local)));
        assertThat(shorter.index(remote.key())).isNull();
        assertThat(longer.index(local.key())).isEqualTo(1);
        assertThat(longer.served(List.of(local))).isEqualTo(before.served(List.of(local)));
    }

    @Test
    void rejectsAFlagOfAnotherProject() {
        FlagForms forms = FlagForms.of(List.of(local), FlagForms.NONE);

        assertThatThrownBy(() -> forms.served(List.of(edited))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSetWithoutAChangeIsTheEarlierSet() {
        FlagForms forms = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        ServedFlags before = served(forms, List.of(local, remote), null);

        assertThat(served(forms, List.of(local, remote), before)).isSameAs(before);
        assertThat(served(forms, List.of(remote, local), before)).isNotSameAs(before);
    }

    @Test
    void encodesInAdvanceWhateverTheEarlierSetHadEncodedAndCompressed() {
        FlagForms forms = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        ServedFlags before = served(forms, List.of(local, remote), null);
        before.gzip();
        before.filtered(REMOTE).json();

        FlagForms later = FlagForms.of(List.of(edited, remote), forms);
        ServedFlags after = served(later, List.of(edited, remote), before);

        assertThat(after.isCompressed()).isTrue();
        assertThat(after.filtered(REMOTE).isEncoded()).isTrue();
        assertThat(after.filtered(REMOTE).isCompressed()).isFalse();
        assertThat(after.filtered(LOCAL).isEncoded()).isFalse();
        assertThat(after.json().toString()).contains("\"c\"").doesNotContain("\"a\"");
    }

    @Test
    void keepsTheFlagsOfAKindThatHasNotChanged() {
        FlagForms forms = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        ServedFlags before = served(forms, List.of(local, remote), null);
        ServedFlags remoteBefore = before.filtered(REMOTE);
        ServedFlags localBefore = before.filtered(LOCAL);

        ServedFlags after = served(FlagForms.of(List.of(edited, remote), forms), List.of(edited, remote), before);

        assertThat(after.filtered(REMOTE)).isSameAs(remoteBefore);
        assertThat(after.filtered(LOCAL)).isNotSameAs(localBefore);
    }

    /** Deployments with the same flags share a set, although they may have had different sets before. */
    @Test
    void encodesInAdvanceWhateverAnyOfSeveralEarlierSetsHadEncoded() {
        FlagForms forms = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        ServedFlags unread = ServedFlags.of(forms.served(List.of(local)), null);
        ServedFlags read = ServedFlags.of(forms.served(List.of(remote)), null);
        read.json();
        ServedFlags shared = ServedFlags.of(forms.served(List.of(local, remote)), unread);

        shared.encodeSameAs(unread);
        assertThat(shared.isEncoded()).isFalse();
        shared.encodeSameAs(read);

        assertThat(shared.isEncoded()).isTrue();
        assertThat(shared.isCompressed()).isFalse();
    }

    @Test
    void withholdsAFlagOnceItsPatternBreaksSdks() {
        FlagForms forms = FlagForms.of(List.of(local, remote), FlagForms.NONE);
        ServedFlags before = ServedFlags.of(forms.served(List.of(local, remote)), null);
        before.json();
        Flag breaking = withPattern("local", "\\X");
        FlagForms later = FlagForms.of(List.of(breaking, remote), forms);

        ServedFlags after = ServedFlags.of(later.served(List.of(breaking, remote)), before);

        assertThat(after.withheld()).containsExactly("local");
        assertThat(after.json().toString()).doesNotContain("\"key\":\"local\"");
        assertThat(after.filtered(LOCAL).json().toString()).isEqualTo("[]");
    }

    private static ServedFlags served(FlagForms forms, List<Flag> flags, @Nullable ServedFlags earlier) {
        List<ServedFlag> sound = forms.served(flags);
        return ServedFlags.withStubs(FlagStubs.hideRemote(sound), sound, earlier);
    }

    private static Flag stub(FlagForms forms, Flag flag) {
        return forms.served(List.of(flag)).get(0).stub().flag();
    }

    private static Flag flag(String key, @Nullable Map<String, @Nullable Object> metadata, String payload) {
        return new Flag(
                key,
                Map.of("on", new Variant("on", "on", payload, null)),
                List.of(new Segment(null, null, "on", null)),
                List.of(),
                metadata);
    }

    private static Flag withPattern(String key, String pattern) {
        Condition condition = new Condition(List.of("context", "user", "user_id"), "regex match", List.of(pattern));
        return new Flag(
                key,
                Map.of("on", new Variant("on", "on", null, null)),
                List.of(new Segment(List.of(List.of(condition)), null, "on", null)),
                List.of(),
                Map.of("evaluationMode", "local"));
    }
}
