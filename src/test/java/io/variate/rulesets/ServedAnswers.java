package io.variate.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.cohorts.Cohort;
import io.variate.cohorts.CohortHead;
import io.variate.engine.AnswerShape;
import io.variate.engine.Evaluation;
import io.variate.rulesets.document.FlagFilter;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.rows.RulesetRows;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that clients get from a ruleset: the flags of each deployment and their hash, the cohorts of each project, and
 * the answers of {@value #USERS} users.
 */
record ServedAnswers(Map<String, DeploymentAnswers> deployments, Map<String, List<CohortHead>> cohorts) {
    static final int USERS = 100;

    static final String ZONE = "us";

    private static final FlagFilter LOCAL = new FlagFilter("local", null, List.of());
    private static final Pattern TOKEN = Pattern.compile("\"(left|right)\":\\{[^}]*\"payload\":(\\d+)");

    /**
     * What clients of one deployment get.
     *
     * @param hash the entity tag of the flags
     * @param users the answers, one a line
     */
    record DeploymentAnswers(String project, String flags, long hash, String local, String users) {}

    /** The answers that a node must give that serves these rows, computed without any earlier ruleset. */
    static ServedAnswers expected(RulesetRows rows) {
        return of(new RulesetCompiler(ZONE).compile(rows, null, KnownFlags.NONE));
    }

    /** The answers of a ruleset, however it was compiled. */
    static ServedAnswers of(Ruleset ruleset) {
        Map<String, DeploymentAnswers> deployments = new TreeMap<>();
        Evaluation evaluation = new Evaluation();
        ruleset.deploymentsByKey()
                .forEach((key, deployed) -> deployments.put(key, answers(ruleset, deployed, evaluation)));
        Map<String, List<CohortHead>> cohorts = new TreeMap<>();
        for (String project : ruleset.projects()) {
            cohorts.put(
                    project,
                    new TreeMap<>(ruleset.cohorts(project).byId())
                            .values().stream().map(Cohort::head).toList());
        }
        return new ServedAnswers(deployments, cohorts);
    }

    private static DeploymentAnswers answers(Ruleset ruleset, DeployedFlags deployed, Evaluation evaluation) {
        ServedFlags served = deployed.served();
        String flags = served.json().toString();
        assertThat(gunzip(served.gzip().getBytes())).isEqualTo(flags);
        StringBuilder users = new StringBuilder();
        for (int i = 0; i < USERS; i++) {
            users.append(answer(ruleset, deployed, i, evaluation)).append('\n');
        }
        return new DeploymentAnswers(
                deployed.project().key(),
                flags,
                served.hash(),
                served.json(LOCAL).toString(),
                users.toString());
    }

    private static String answer(Ruleset ruleset, DeployedFlags deployed, int index, Evaluation evaluation) {
        String id = "user-" + index;
        Map<String, @Nullable Object> user = new HashMap<>(Map.of("user_id", id));
        List<String> memberships = new ArrayList<>();
        ruleset.cohorts(deployed.project().key()).byId().forEach((key, cohort) -> {
            if (cohort.members().contains(id)) {
                memberships.add(key);
            }
        });
        user.put("cohort_ids", memberships);
        byte[] answer = evaluation
                .evaluate(deployed.plan(List.of()).contextOfUser(user))
                .encode(AnswerShape.V1);
        return new String(answer, StandardCharsets.UTF_8);
    }

    /** Requires that two flags which always change together have the same token in the answer of every deployment. */
    static void requireOneRevision(Ruleset ruleset) {
        Evaluation evaluation = new Evaluation();
        ruleset.deploymentsByKey().forEach((key, deployed) -> {
            String answer = answer(ruleset, deployed, 0, evaluation);
            Set<String> tokens = new TreeSet<>();
            Matcher matcher = TOKEN.matcher(answer);
            while (matcher.find()) {
                tokens.add(matcher.group(2));
            }
            assertThat(tokens)
                    .as("tokens of deployment %s in revision %d: %s", key, ruleset.revision(), answer)
                    .hasSizeLessThanOrEqualTo(1);
        });
    }

    private static String gunzip(byte[] compressed) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError("not gzip", e);
        }
    }
}
