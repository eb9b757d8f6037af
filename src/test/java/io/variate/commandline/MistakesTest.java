package io.variate.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Mistake;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes that {@code validate} sees, which knows no ruleset before. */
class MistakesTest {
    private static List<Mistake> mistakes() {
        return Mistake.all().stream().filter(Mistake::isInOneRuleset).toList();
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void printsTheMistakeWithPathAndReason(Mistake mistake) {
        Run run = Run.of(mistake.after(), "validate", "-");

        boolean isError = mistake.outcome() == Mistake.Outcome.ERROR;
        assertThat(run.out()).contains((isError ? "error: " : "warning: ") + mistake.path() + ": " + mistake.reason());
        assertThat(run.status()).isEqualTo(isError ? 1 : 0);
        assertThat(Run.of(mistake.after(), "validate", "--strict", "-").status())
                .isEqualTo(1);
    }
}
