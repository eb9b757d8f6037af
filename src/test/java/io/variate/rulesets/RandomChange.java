package io.variate.rulesets;

import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.KnownFlags;
import io.variate.rulesets.document.RulesetChange;
import io.variate.rulesets.document.UnknownElementException;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random changes of rulesets: flags, deployments, cohorts, whole projects and documents. Every change of a whole project
 * and many others change the flags {@code left} and {@code right} of a project together, so both always have one token.
 */
final class RandomChange {
    private static final List<String> PROJECTS = List.of("", "shop", "checkout");
    private static final int FLAGS = 4;
    private static final int DEPLOYMENTS = 4;
    private static final int COHORTS = 2;

    private final Random random;

    /** Distinct in every change. */
    private int token;

    RandomChange(Random random) {
        this.random = random;
    }

    /**
     * Changes rows.
     *
     * @param known the flags of a node that takes the change
     * @return the same rows if the change would be invalid
     */
    RowSet applyTo(RowSet present, KnownFlags known) {
        token++;
        String project = any(PROJECTS);
        try {
            return switch (random.nextInt(12)) {
                case 0, 1, 2 -> apply(replacedFlag(project, known), present);
                case 3, 4 -> present.apply(new RowChanges(List.of(), pair(project, present)));
                case 5 -> apply(RulesetChange.removeFlag(project, flagKey(), KnownFlags.NONE), present);
                case 6, 7 -> deployment(project, present);
                case 8 -> cohort(project, present);
                case 9 ->
                    apply(
                            RulesetChange.replaceProject(
                                    project, CheckedRuleset.ofProject(project, project(project), known)),
                            present);
                case 10 -> apply(RulesetChange.removeProject(project), present);
                default -> apply(RulesetChange.replaceAll(CheckedRuleset.ofDocument(document(), known)), present);
            };
        } catch (InvalidRulesetException | UnknownElementException e) {
            return present;
        }
    }

    private static RowSet apply(RulesetChange change, RowSet present) {
        return change.applyTo(present).rows();
    }

    private RulesetChange replacedFlag(String project, KnownFlags known) {
        int number = random.nextInt(FLAGS);
        return RulesetChange.replaceFlag(project, "f" + number, flag(number), known);
    }

    private String flagKey() {
        return "f" + random.nextInt(FLAGS);
    }

    private List<Row> pair(String project, RowSet present) {
        return List.of(pairRow(project, "left", present), pairRow(project, "right", present));
    }

    private Row pairRow(String project, String key, RowSet present) {
        Row before = find(RowKind.FLAG, project, key, present);
        long position = before == null || random.nextInt(4) == 0 ? random.nextInt(1 << 22) : before.position();
        return new Row(new RowKey(RowKind.FLAG, project, key), position, tokenFlag(key));
    }

    /** A deployment key leads to one project, so it may move. */
    private RowSet deployment(String project, RowSet present) {
        String key = "d" + random.nextInt(DEPLOYMENTS);
        List<RowKey> removed = PROJECTS.stream()
                .filter(each -> find(RowKind.DEPLOYMENT, each, key, present) != null)
                .map(each -> new RowKey(RowKind.DEPLOYMENT, each, key))
                .toList();
        Row after = new Row(
                new RowKey(RowKind.DEPLOYMENT, project, key), random.nextInt(1 << 22), deploymentJson(key, List.of()));
        return present.apply(new RowChanges(removed, random.nextInt(4) == 0 ? List.of() : List.of(after)));
    }

    private RowSet cohort(String project, RowSet present) {
        String id = "c" + random.nextInt(COHORTS);
        RowKey key = new RowKey(RowKind.COHORT, project, id);
        return present.apply(
                random.nextInt(4) == 0
                        ? new RowChanges(List.of(key), List.of())
                        : new RowChanges(List.of(), List.of(new Row(key, random.nextInt(1 << 22), cohortJson(id)))));
    }

    private static @Nullable Row find(RowKind kind, String project, String key, RowSet present) {
        ProjectRows rows = present.project(project);
        return rows == null
                ? null
                : rows.of(kind).stream()
                        .filter(row -> row.key().key().equals(key))
                        .findFirst()
                        .orElse(null);
    }

    private String document() {
        if (random.nextBoolean()) {
            return project("");
        }
        List<String> projects = new ArrayList<>();
        List<String> deployments = new ArrayList<>();
        for (int i = 0; i < DEPLOYMENTS; i++) {
            deployments.add("d" + i);
        }
        for (String key : PROJECTS) {
            if (random.nextInt(3) > 0) {
                String own = deployments.remove(random.nextInt(deployments.size()));
                projects.add("\"" + key + "\":" + project(List.of(own)));
            }
        }
        return "{\"projects\":{" + String.join(",", projects) + "}}";
    }

    private String project(String key) {
        // Invalid if another project has the deployment.
        return project(List.of("d" + (key.length() + random.nextInt(2)) % DEPLOYMENTS));
    }

    private String project(List<String> deploymentKeys) {
        List<String> flags = new ArrayList<>(List.of(tokenFlag("left"), tokenFlag("right")));
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < FLAGS; i++) {
            if (random.nextInt(3) > 0) {
                flags.add(random.nextInt(flags.size()), flag(i));
                keys.add("f" + i);
            }
        }
        List<String> cohorts = new ArrayList<>();
        for (int i = 0; i < COHORTS; i++) {
            if (random.nextBoolean()) {
                cohorts.add(cohortJson("c" + i));
            }
        }
        List<String> deployments =
                deploymentKeys.stream().map(key -> deploymentJson(key, keys)).toList();
        return "{\"deployments\":" + deployments + ",\"flags\":" + flags + ",\"cohorts\":" + cohorts + "}";
    }

    private String tokenFlag(String key) {
        return "{\"key\":\"" + key + "\",\"variants\":{\"on\":{\"key\":\"on\",\"payload\":" + token
                + "}},\"segments\":[{\"variant\":\"on\"}]}";
    }

    /** Depends only on flags with lower numbers, so there is no cycle. */
    private String flag(int number) {
        String dependency = number == 0 || random.nextBoolean() ? "left" : "f" + random.nextInt(number);
        String mode = random.nextBoolean() ? ",\"evaluationMode\":\"local\"" : "";
        int half = 1 + random.nextInt(99);
        long border = 42_949_673L * half / 100;
        return "{\"key\":\"f" + number + "\",\"metadata\":{\"version\":" + random.nextInt(3) + mode
                + "},\"dependencies\":[\"" + dependency + "\"],"
                + "\"variants\":{\"a\":{\"key\":\"a\"},\"b\":{\"key\":\"b\",\"value\":\"v" + random.nextInt(50)
                + "\"}},\"segments\":["
                + "{\"conditions\":[[{\"selector\":[\"context\",\"user\",\"cohort_ids\"],\"op\":\"set contains any\","
                + "\"values\":[\"c" + random.nextInt(COHORTS) + "\"]}]],\"variant\":\"b\"},"
                + "{\"conditions\":[[{\"selector\":[\"result\",\"" + dependency
                + "\",\"key\"],\"op\":\"is\",\"values\":[\"on\",\"a\"]}]],"
                + "\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"s" + random.nextInt(3)
                + "\",\"allocations\":[{\"range\":[0,100],\"distributions\":[{\"variant\":\"a\",\"range\":[0," + border
                + "]},{\"variant\":\"b\",\"range\":[" + border + ",42949673]}]}]}},{\"variant\":\"a\"}]}";
    }

    private String deploymentJson(String key, List<String> selectable) {
        boolean server = random.nextBoolean();
        String flags = random.nextInt(3) > 0 || selectable.isEmpty() ? "*" : any(selectable);
        return "{\"key\":\"" + key + "\",\"label\":\"" + key + token + "\",\"type\":\"" + (server ? "server" : "client")
                + "\",\"flags\":[\"" + flags + "\"]" + (server && random.nextBoolean() ? ",\"remoteRules\":true" : "")
                + (random.nextInt(8) == 0 ? ",\"zone\":\"eu\"" : "") + "}";
    }

    private String cohortJson(String id) {
        List<String> members = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            members.add("\"user-" + random.nextInt(ServedAnswers.USERS) + "\"");
        }
        return "{\"id\":\"" + id + "\",\"memberIds\":" + members
                + (random.nextBoolean() ? ",\"lastModified\":" + (1 + random.nextInt(1_000)) : "") + "}";
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
