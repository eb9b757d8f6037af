package io.variate.cohorts;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UploadedCohortsTest {
    private static final CohortId UNNAMED = new CohortId("", "beta");
    private static final CohortId SHOP = new CohortId("shop", "beta");

    private final UploadedCohorts uploaded = new UploadedCohorts(new SimpleMeterRegistry());

    @Test
    void aProjectSeesItsOwnCohortsOnly() {
        Uploads.set(uploaded, Map.of(UNNAMED, List.of("alice"), SHOP, List.of("bob")));

        assertThat(uploaded.over("", Cohorts.NONE).idsContaining("User", "alice"))
                .containsExactly("beta");
        assertThat(uploaded.over("", Cohorts.NONE).idsContaining("User", "bob")).isEmpty();
        assertThat(uploaded.over("shop", Cohorts.NONE).idsContaining("User", "bob"))
                .containsExactly("beta");
        assertThat(uploaded.over("bank", Cohorts.NONE).all()).isEmpty();
    }

    @Test
    void anUploadDoesNotOverrideACohortOfAnotherProject() {
        Uploads.set(uploaded, Map.of(SHOP, List.of("bob")));
        Cohorts written = Cohorts.of(List.of(Cohort.ofDocument("beta", "User", 1, List.of("carol"))));

        assertThat(uploaded.over("bank", written).idsContaining("User", "carol"))
                .containsExactly("beta");
        assertThat(uploaded.over("shop", written).idsContaining("User", "carol"))
                .isEmpty();
    }

    @Test
    void aViewOfAProjectIsNotCopied() {
        Uploads.set(uploaded, Map.of(SHOP, List.of("bob")));

        assertThat(uploaded.over("shop", Cohorts.NONE).uploaded())
                .isSameAs(uploaded.over("shop", Cohorts.NONE).uploaded());
    }

    @Test
    void aChangeInOneProjectConcernsNoOther() {
        List<Set<String>> changes = new ArrayList<>();
        Uploads.set(uploaded, Map.of(UNNAMED, List.of("alice")));
        long before = uploaded.fingerprint("");
        Runnable unsubscribe = uploaded.onChange(changes::add);

        Uploads.set(uploaded, Map.of(UNNAMED, List.of("alice"), SHOP, List.of("bob")));
        Uploads.set(uploaded, Map.of(UNNAMED, List.of("alice")));
        unsubscribe.run();

        assertThat(changes).containsExactly(Set.of("shop"), Set.of("shop"));
        assertThat(uploaded.fingerprint("")).isEqualTo(before);
        assertThat(uploaded.fingerprint("shop")).isZero();
    }
}
