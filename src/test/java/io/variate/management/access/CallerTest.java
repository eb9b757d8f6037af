package io.variate.management.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallerTest {

    /** The project without a name is {@code -}, and a list of deployments has spaces between its elements. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                // role, projects, deployments, prefixes, right, project, key, deployments of the flag, permitted
                "VIEWER, '', '', '', READ, a, null, '', true",
                "VIEWER, '', '', '', READ, -, null, '', true",
                "VIEWER, '', '', '', WRITE, a, f, '', false",
                "VIEWER, '', '', '', ADMINISTER, a, null, '', false",
                "VIEWER, a, '', '', READ, a, null, '', true",
                "VIEWER, a, '', '', READ, b, null, '', false",
                "VIEWER, a, '', '', READ, -, null, '', false",
                "VIEWER, -, '', '', READ, -, null, '', true",
                "VIEWER, -, '', '', READ, a, null, '', false",
                "EDITOR, '', '', '', READ, a, null, '', true",
                "EDITOR, '', '', '', WRITE, a, f, 'web app', true",
                "EDITOR, '', '', '', WRITE, a, null, '', true",
                "EDITOR, '', '', '', ADMINISTER, a, null, '', false",
                "EDITOR, a, '', '', WRITE, a, f, '', true",
                "EDITOR, a, '', '', WRITE, b, f, '', false",
                "EDITOR, a, '', '', READ, b, null, '', false",
                // Limited to deployments: all deployments of the flag must be among them.
                "EDITOR, '', web, '', WRITE, a, f, web, true",
                "EDITOR, '', web, '', WRITE, a, f, 'web app', false",
                "EDITOR, '', web, '', WRITE, a, f, app, false",
                "EDITOR, '', web, '', WRITE, a, f, '', true",
                "EDITOR, '', 'web app', '', WRITE, a, f, 'app web', true",
                "EDITOR, '', web, '', READ, a, null, '', true",
                "EDITOR, a, web, '', WRITE, b, f, web, false",
                // Limited to prefixes of keys.
                "EDITOR, '', '', 'pay- ship-', WRITE, a, pay-button, '', true",
                "EDITOR, '', '', 'pay- ship-', WRITE, a, ship-, '', true",
                "EDITOR, '', '', 'pay- ship-', WRITE, a, pay, '', false",
                "EDITOR, '', '', 'pay- ship-', WRITE, a, xpay-button, '', false",
                "EDITOR, '', '', 'pay- ship-', WRITE, a, PAY-button, '', false",
                "EDITOR, '', '', 'pay- ship-', WRITE, a, null, '', false",
                "EDITOR, '', '', 'pay- ship-', READ, a, other, '', true",
                "EDITOR, '', web, pay-, WRITE, a, pay-button, app, false",
                "EDITOR, '', web, pay-, WRITE, a, other, web, false",
                "EDITOR, '', web, pay-, WRITE, a, pay-button, web, true",
                "ADMIN, '', '', '', WRITE, a, f, 'web app', true",
                "ADMIN, '', '', '', ADMINISTER, a, null, '', true",
                "ADMIN, a, '', '', ADMINISTER, a, null, '', true",
                "ADMIN, a, '', '', ADMINISTER, b, null, '', false",
                "ADMIN, a, '', '', WRITE, b, f, '', false",
                // The API refuses such tokens. If the database has one, its limits apply.
                "ADMIN, '', web, '', ADMINISTER, a, null, '', false",
                "ADMIN, '', '', pay-, ADMINISTER, a, null, '', false",
            })
    void permitsWhatRoleAndScopeInclude(
            Role role,
            String projects,
            String deployments,
            String keyPrefixes,
            Right right,
            String project,
            @Nullable String key,
            String deploymentsOfFlag,
            boolean permitted) {
        Caller caller = new Caller("x", role, new Scope(texts(projects), texts(deployments), texts(keyPrefixes)));

        assertThat(caller.permits(right, project.replace("-", ""), key, texts(deploymentsOfFlag)))
                .isEqualTo(permitted);
    }

    @ParameterizedTest
    @CsvSource({
        "VIEWER, '', '', READ, true",
        "VIEWER, a, '', READ, false",
        "VIEWER, '', '', WRITE, false",
        "EDITOR, '', web, READ, true",
        "EDITOR, '', web, WRITE, false",
        "EDITOR, '', '', WRITE, true",
        "EDITOR, '', '', ADMINISTER, false",
        "ADMIN, a, '', ADMINISTER, false",
        "ADMIN, '', '', ADMINISTER, true",
    })
    void permitsEverywhereOnlyWithoutLimits(
            Role role, String projects, String deployments, Right right, boolean permitted) {
        Caller caller = new Caller("x", role, new Scope(texts(projects), texts(deployments), Set.of()));

        assertThat(caller.permitsEverywhere(right)).isEqualTo(permitted);
    }

    @Test
    void theAdminTokenHasAllRights() {
        for (Right right : Right.values()) {
            assertThat(Caller.admin().permitsEverywhere(right)).isTrue();
        }
    }

    /** {@code -} alone is the project without a name. */
    private static Set<String> texts(String list) {
        return Arrays.stream(list.split(" ", -1))
                .filter(text -> !text.isEmpty())
                .map(text -> text.equals("-") ? "" : text)
                .collect(Collectors.toSet());
    }
}
