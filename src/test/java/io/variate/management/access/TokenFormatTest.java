package io.variate.management.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.json.Problem;
import io.variate.store.StoredToken;
import io.variate.store.TokenFields;
import java.time.Instant;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenFormatTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final TokenFields CI = new TokenFields(
            "ci", "editor", Set.of("", "shop"), Set.of("web"), Set.of("pay-"), Instant.parse("2031-01-01T00:00:00Z"));

    @Test
    void readsAllFields() {
        assertThat(read("{\"name\": \"ci\", \"role\": \"editor\", \"projects\": [\"1\", \"shop\"],"
                        + " \"deployments\": [\"web\"], \"keyPrefixes\": [\"pay-\", \"pay-\"],"
                        + " \"expiresAt\": \"2031-01-01T01:00:00+01:00\"}"))
                .isEqualTo(CI);
    }

    @Test
    void aTokenWithoutLimitsNeedsOnlyANameAndARole() {
        assertThat(read("{\"name\": \"ops\", \"role\": \"admin\", \"expiresAt\": null}"))
                .isEqualTo(new TokenFields("ops", "admin", Set.of(), Set.of(), Set.of(), null));
    }

    @Test
    void aChangeKeepsAbsentFields() {
        assertThat(TokenFormat.read("{}", CI, NOW)).isEqualTo(CI);
        assertThat(TokenFormat.read("{\"expiresAt\": null, \"keyPrefixes\": []}", CI, NOW))
                .isEqualTo(new TokenFields("ci", "editor", CI.projects(), CI.deployments(), Set.of(), null));
    }

    @Test
    void aChangeCannotLimitAnotherRole() {
        InvalidTokenException invalid = catchThrowableOfType(
                InvalidTokenException.class, () -> TokenFormat.read("{\"role\": \"admin\"}", CI, NOW));

        assertThat(invalid.problems()).extracting(Problem::path).containsExactly("deployments", "keyPrefixes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | ''",
                "7 | ''",
                "{\"role\": \"viewer\"} | name",
                "{\"name\": \"x\"} | role",
                "{\"name\": \"\", \"role\": \"viewer\"} | name",
                "{\"name\": 7, \"role\": \"viewer\"} | name",
                "{\"name\": \"admin.token\", \"role\": \"viewer\"} | name",
                "{\"name\": \" x\", \"role\": \"viewer\"} | name",
                "{\"name\": \"x\\u0000\", \"role\": \"viewer\"} | name",
                "{\"name\": \"x\\ny\", \"role\": \"viewer\"} | name",
                "{\"name\": \"x\\u2028y\", \"role\": \"viewer\"} | name",
                "{\"name\": \"x\\ud800\", \"role\": \"viewer\"} | name",
                "{\"name\": \"x\", \"role\": \"Viewer\"} | role",
                "{\"name\": \"x\", \"role\": [\"viewer\"]} | role",
                "{\"name\": \"x\", \"role\": \"viewer\", \"rôle\": 1} | [\"rôle\"]",
                "{\"name\": \"x\", \"role\": \"viewer\", \"id\": \"1\"} | id",
                "{\"name\": \"x\", \"role\": \"viewer\", \"projects\": \"a\"} | projects",
                "{\"name\": \"x\", \"role\": \"viewer\", \"projects\": {}} | projects",
                "{\"name\": \"x\", \"role\": \"viewer\", \"projects\": [\"a b\"]} | projects",
                "{\"name\": \"x\", \"role\": \"viewer\", \"projects\": [\"\"]} | projects[0]",
                "{\"name\": \"x\", \"role\": \"viewer\", \"projects\": [\"a\", 1]} | projects[1]",
                "{\"name\": \"x\", \"role\": \"viewer\", \"projects\": [null]} | projects[0]",
                "{\"name\": \"x\", \"role\": \"viewer\", \"deployments\": [\"web\"]} | deployments",
                "{\"name\": \"x\", \"role\": \"admin\", \"keyPrefixes\": [\"a\"]} | keyPrefixes",
                "{\"name\": \"x\", \"role\": \"editor\", \"keyPrefixes\": [\"\"]} | keyPrefixes[0]",
                "{\"name\": \"x\", \"role\": \"editor\", \"deployments\": [\"a\\u0000\"]} | deployments[0]",
                "{\"name\": \"x\", \"role\": \"viewer\", \"expiresAt\": 7} | expiresAt",
                "{\"name\": \"x\", \"role\": \"viewer\", \"expiresAt\": \"\"} | expiresAt",
                "{\"name\": \"x\", \"role\": \"viewer\", \"expiresAt\": \"tomorrow\"} | expiresAt",
                "{\"name\": \"x\", \"role\": \"viewer\", \"expiresAt\": \"2030-01-01T00:00:00\"} | expiresAt",
                "{\"name\": \"x\", \"role\": \"viewer\", \"expiresAt\": \"2030-01-01T00:00:00Z\"} | expiresAt",
                "{\"name\": \"x\", \"role\": \"viewer\", \"expiresAt\": \"+10000-01-01T00:00:00Z\"} | expiresAt",
                "{\"name\": \"x\", \"name\": \"y\", \"role\": \"viewer\"} | $.name",
            })
    void rejectsWithThePath(String json, String path) {
        assertThat(problems(json)).extracting(Problem::path).containsExactly(path);
    }

    @Test
    void rejectsTextsThatAreTooLongAndListsWithTooManyElements() {
        String long129 = "x".repeat(129);
        String long257 = "x".repeat(257);
        String many = "\"x\",".repeat(100) + "\"x\"";

        assertThat(problems("{\"name\": \"" + long129 + "\", \"role\": \"editor\", \"keyPrefixes\": [\"" + long257
                        + "\"], \"deployments\": [" + many + "]}"))
                .extracting(Problem::path)
                .containsExactlyInAnyOrder("name", "keyPrefixes[0]", "deployments");
    }

    @Test
    void reportsAllProblems() {
        assertThat(problems("{\"name\": 1, \"role\": 2, \"projects\": 3, \"deployments\": 4, \"keyPrefixes\": 5,"
                        + " \"expiresAt\": 6, \"other\": 7}"))
                .hasSize(7);
    }

    @Test
    void writesATokenWithoutItsSecret() {
        assertThat(TokenFormat.write(new StoredToken(7, CI, "admin.token", NOW, null)))
                .containsExactly(
                        Map.entry("id", "7"),
                        Map.entry("name", "ci"),
                        Map.entry("role", "editor"),
                        Map.entry("projects", List.of("1", "shop")),
                        Map.entry("deployments", List.of("web")),
                        Map.entry("keyPrefixes", List.of("pay-")),
                        Map.entry("createdBy", "admin.token"),
                        Map.entry("createdAt", "2030-01-01T00:00:00Z"),
                        Map.entry("expiresAt", "2031-01-01T00:00:00Z"),
                        new AbstractMap.SimpleEntry<>("lastUsedAt", null));
    }

    private static TokenFields read(String json) {
        return TokenFormat.read(json, null, NOW);
    }

    private static List<Problem> problems(String json) {
        return catchThrowableOfType(InvalidTokenException.class, () -> read(json))
                .problems();
    }
}
