package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Amplitude's Management API: every endpoint with its documented request and answer. */
@Timeout(120)
@Tag("slow")
class ManagementApiTest {
    private static final String SERVER_KEY = "server-secret-key";

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
        node.put("""
                {"flags": [{"key": "base", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}],
                 "deployments": [{"key": "%s", "label": "shop", "type": "server", "flags": ["base"]}]}
                """.formatted(SERVER_KEY));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static String newKey() {
        return "key-" + NUMBER.incrementAndGet();
    }

    private static String flag() {
        return node.create("/flags", "{\"projectId\":\"1\",\"key\":\"" + newKey() + "\",\"bucketingKey\":\"user_id\"}");
    }

    private static String experiment() {
        return node.create(
                "/experiments", "{\"projectId\":\"1\",\"key\":\"" + newKey() + "\",\"bucketingKey\":\"user_id\"}");
    }

    private static void rejected(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo(code);
    }

    @Test
    void previewsTheArchivingOfTheLastFlagOfADeployment() {
        String deployment =
                node.create("/deployments", "{\"projectId\":\"1\",\"label\":\"" + newKey() + "\",\"type\":\"server\"}");
        String flag = node.create(
                "/flags",
                "{\"projectId\":\"1\",\"key\":\"" + newKey() + "\",\"deployments\":[\"" + deployment + "\"]}");
        String archive = "{\"method\":\"PATCH\",\"path\":\"/flags/" + flag + "\",\"body\":{\"archive\":true}}";

        rejected(node.send("POST", "/batch", "{\"writes\":[" + archive + "]}"), 409, "would_be_empty");
        assertThat(node.ok("POST", "/preview", "{\"writes\":[" + archive + "],\"users\":{\"generate\":{\"count\":1}}}")
                        .body())
                .contains("\"change\":\"removed\"");
    }

    // Flags and experiments

    @Test
    void createsAFlagThatIsOffAndAtZeroPercent() {
        String key = newKey();

        JsonObject created = node.post("/flags", "{\"projectId\":\"1\",\"key\":\"" + key + "\"}");

        assertThat(created.getString("url")).isEqualTo("/api/1/flags/" + created.getString("id"));
        JsonObject flag = node.get("/flags/" + created.getString("id"));
        assertThat(flag.getString("id")).isEqualTo(created.getString("id"));
        assertThat(flag.getString("projectId")).isEqualTo("1");
        assertThat(flag.getString("key")).isEqualTo(key);
        assertThat(flag.getString("name")).isEqualTo(key);
        assertThat(flag.getString("description")).isEmpty();
        assertThat(flag.getBoolean("enabled")).isFalse();
        assertThat(flag.getString("evaluationMode")).isEqualTo("remote");
        assertThat(flag.getString("bucketingKey")).isEqualTo("amplitude_id");
        assertThat(flag.getString("bucketingSalt")).matches("[A-Za-z0-9]{8}");
        assertThat(flag.getString("bucketingUnit")).isEqualTo("User");
        assertThat(flag.getJsonArray("variants")).isEqualTo(new JsonArray("[{\"key\":\"on\"}]"));
        assertThat(flag.getInteger("rolloutPercentage")).isZero();
        assertThat(flag.getJsonObject("rolloutWeights")).isEqualTo(new JsonObject("{\"on\":1}"));
        assertThat(flag.getJsonArray("targetSegments")).isEmpty();
        assertThat(flag.getJsonArray("deployments")).isEmpty();
        assertThat(flag.getBoolean("deleted")).isFalse();
        assertThat(flag.getString("createdAt")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    @Test
    void createsAnExperimentWithControlAndTreatment() {
        JsonObject experiment = node.get("/experiments/" + experiment());

        assertThat(experiment.getJsonArray("variants"))
                .isEqualTo(new JsonArray("[{\"key\":\"control\"},{\"key\":\"treatment\"}]"));
        assertThat(experiment.getJsonObject("rolloutWeights"))
                .isEqualTo(new JsonObject("{\"control\":1,\"treatment\":1}"));
        assertThat(experiment.getString("experimentType")).isEqualTo("a-b-test");
        assertThat(experiment.getBoolean("stickyBucketing")).isFalse();
        assertThat(experiment.getValue("decision")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"flags", "experiments"})
    void listsNewestFirstInPages(String kind) {
        String first = kind.equals("flags") ? flag() : experiment();
        String second = kind.equals("flags") ? flag() : experiment();
        List<String> ids = new ArrayList<>();
        String cursor = "";
        do {
            JsonObject page = node.get("/" + kind + "?limit=3" + cursor);
            page.getJsonArray(kind).forEach(each -> ids.add(((JsonObject) each).getString("id")));
            Integer next = page.getInteger("nextCursor");
            // Clients continue while the cursor is truthy.
            cursor = next == null ? "" : "&cursor=" + next;
        } while (!cursor.isEmpty());

        assertThat(ids).doesNotHaveDuplicates().containsSubsequence(second, first);
        assertThat(ids).startsWith(second);
    }

    @Test
    void findsAFlagByItsKeyAndHidesArchivedOnes() {
        String key = newKey();
        String id = node.create("/flags", "{\"projectId\":\"1\",\"key\":\"" + key + "\"}");
        assertThat(node.get("/flags?key=" + key).getJsonArray("flags")).hasSize(1);
        node.patch("/flags/" + id, "{\"archive\":true}");

        assertThat(node.get("/flags?key=" + key).getJsonArray("flags")).isEmpty();
        JsonArray all = node.get("/flags?includeArchived=true&key=" + key).getJsonArray("flags");
        assertThat(all.getJsonObject(0).getBoolean("deleted")).isTrue();
    }

    @Test
    void editsAnExperimentFieldByField() {
        String id = experiment();

        node.patch("/experiments/" + id, """
                {"name":"Checkout","description":"Shorter","bucketingKey":"device_id","bucketingSalt":"salt",
                 "evaluationMode":"local","rolloutPercentage":33,"enabled":true,"tags":["a","b"],
                 "experimentType":"multi-arm-bandit","startDate":"2026-07-29","endDate":null,
                 "exposureEvent":{"event_type":"View","filters":[{"subprop_key":"page","subprop_op":"is",
                   "subprop_type":"event","subprop_value":["cart"]}]},
                 "decision":"continue-running","decisionReason":"needs more data","rolledOutVariant":null}
                """);

        JsonObject edited = node.get("/experiments/" + id);
        assertThat(edited.getString("name")).isEqualTo("Checkout");
        assertThat(edited.getString("evaluationMode")).isEqualTo("local");
        assertThat(edited.getInteger("rolloutPercentage")).isEqualTo(33);
        assertThat(edited.getJsonArray("tags")).isEqualTo(new JsonArray("[\"a\",\"b\"]"));
        assertThat(edited.getString("startDate")).isEqualTo("2026-07-29");
        assertThat(edited.getJsonObject("exposureEvent").getString("event_type"))
                .isEqualTo("View");
        assertThat(edited.getString("decision")).isEqualTo("continue-running");
        node.patch("/experiments/" + id, "{\"exposureEvent\":null,\"startDate\":null}");
        assertThat(node.get("/experiments/" + id).getValue("exposureEvent")).isNull();
        assertThat(node.get("/experiments/" + id).getString("name")).isEqualTo("Checkout");
    }

    @Test
    void rejectsAKeyThatIsTaken() {
        String key = newKey();
        node.create("/flags", "{\"projectId\":\"1\",\"key\":\"" + key + "\"}");

        rejected(node.send("POST", "/experiments", "{\"projectId\":\"1\",\"key\":\"" + key + "\"}"), 409, "key_taken");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /flags/999999",
                "GET /flags/x",
                "GET /flags/0",
                "GET /flags/99999999999999999999",
                "GET /flags/-1",
                "PATCH /flags/999999",
                "DELETE /flags/999999",
                "GET /flags/999999/variants",
                "GET /flags/999999/versions",
                "POST /flags/999999/adopt",
            })
    void reportsAnUnknownId(String request) {
        String[] parts = request.split(" ", 2);

        rejected(node.send(parts[0], parts[1], parts[0].equals("PATCH") ? "{}" : ""), 404, "unknown_flag");
    }

    @Test
    void aFlagIsNoExperiment() {
        rejected(node.send("GET", "/experiments/" + flag(), ""), 404, "unknown_experiment");
    }

    // Variants

    @Test
    void addsEditsAndDeletesVariants() {
        String variants = "/experiments/" + experiment() + "/variants";

        HttpResponse<String> added = node.ok("POST", variants, "{\"key\":\"blue\",\"payload\":{\"color\":\"teal\"}}");

        assertThat(added.body()).isEqualTo("OK");
        assertThat(added.headers().firstValue("X-Variate-Warning").orElse(""))
                .as("a new variant moves nobody")
                .startsWith("rolloutWeight: is 0");
        assertThat(node.get(variants + "/blue"))
                .isEqualTo(
                        new JsonObject(
                                "{\"key\":\"blue\",\"name\":\"\",\"payload\":{\"color\":\"teal\"},\"description\":\"\",\"rolloutWeight\":0}"));
        node.confirmed("PATCH", variants + "/blue", "{\"rolloutWeight\":2,\"payload\":[1.50]}");
        node.confirmed("POST", variants + "/blue", "{\"name\":\"Blue\"}");
        assertThat(node.ok("GET", variants + "/blue", "").body()).contains("\"payload\":[1.50]", "\"name\":\"Blue\"");
        assertThat(node.getList(variants)).hasSize(3);
        node.confirmed("DELETE", variants + "/blue", "");
        rejected(node.send("GET", variants + "/blue", ""), 404, "unknown_variant");
        rejected(node.send("POST", variants, "{\"key\":\"control\"}"), 409, "key_taken");
    }

    @Test
    void keepsTheLastVariant() {
        rejected(node.send("DELETE", "/flags/" + flag() + "/variants/on", ""), 409, "last_variant");
    }

    @Test
    void renamesAVariantWithItsWeightsAndInclusions() {
        String experiment = "/experiments/" + experiment();
        node.confirmed("POST", experiment + "/variants/treatment/users", "{\"inclusions\":[\"u1\"]}");

        node.confirmed("PATCH", experiment + "/variants/treatment", "{\"key\":\"short\"}");

        assertThat(node.get(experiment).getJsonObject("rolloutWeights"))
                .isEqualTo(new JsonObject("{\"control\":1,\"short\":1}"));
        assertThat(node.getList(experiment + "/variants/short/users")).isEqualTo(new JsonArray("[\"u1\"]"));
    }

    // Inclusions

    @Test
    void includesUsersAndRemovesThem() {
        String users = "/experiments/" + experiment() + "/variants/treatment/users";

        node.confirmed("POST", users, "{\"inclusions\":[\"u1\",\"u2\"]}");
        node.confirmed("POST", users, "{\"inclusions\":[\"u2\",\"u3\",\"u4\"]}");
        assertThat(node.getList(users)).isEqualTo(new JsonArray("[\"u1\",\"u2\",\"u3\",\"u4\"]"));
        node.confirmed("DELETE", users + "/0", "");
        node.confirmed("DELETE", users.replace("/users", "/bulk-delete-users"), "{\"users\":[\"u4\",\"unknown\"]}");
        assertThat(node.getList(users)).isEqualTo(new JsonArray("[\"u2\",\"u3\"]"));
        rejected(node.send("DELETE", users + "/2", ""), 404, "unknown_inclusion");
        node.confirmed("DELETE", users, "");
        assertThat(node.getList(users)).isEmpty();
    }

    @Test
    void excludesUsersByIncludingThemInOff() {
        String id = experiment();
        node.patch("/experiments/" + id, """
                {"enabled":true,"rolloutPercentage":100,"deployments":["%s"]}""".formatted(shop()));

        node.confirmed("POST", "/experiments/" + id + "/variants/off/users", "{\"inclusions\":[\"excluded\"]}");

        String key = node.get("/experiments/" + id).getString("key");
        assertThat(node.variant(SERVER_KEY, key, "{\"user_id\":\"excluded\"}")).isEqualTo("off");
        assertThat(node.variant(SERVER_KEY, key, "{\"user_id\":\"another\"}")).isNotEqualTo("off");
    }

    @Test
    void rejectsMoreThanTwoThousandInclusions() {
        String users = "/experiments/" + experiment() + "/variants/treatment/users";
        node.confirmed("POST", users, inclusions(0, 2_000));

        rejected(node.send("POST", users, inclusions(2_000, 2_001)), 400, "too_many_inclusions");

        assertThat(node.getList(users)).hasSize(2_000);
        rejected(
                node.send("DELETE", users.replace("/users", "/bulk-delete-users"), bulk(101)), 400, "invalid_resource");
        node.confirmed("DELETE", users.replace("/users", "/bulk-delete-users"), bulk(100));
        assertThat(node.getList(users)).hasSize(1_900);
    }

    private static String inclusions(int from, int to) {
        JsonArray ids = new JsonArray();
        for (int i = from; i < to; i++) {
            ids.add("user-" + i);
        }
        return new JsonObject().put("inclusions", ids).encode();
    }

    private static String bulk(int count) {
        return inclusions(0, count).replace("inclusions", "users");
    }

    @Test
    void includesCohorts() {
        String variant = "/experiments/" + experiment() + "/variants/treatment";
        assertThat(node.send("PUT", "/cohorts/beta", "[\"user-1\"]").statusCode())
                .isEqualTo(200);

        node.confirmed("POST", variant + "/cohorts", "{\"inclusions\":[\"beta\"]}");

        assertThat(node.getList(variant + "/cohorts")).isEqualTo(new JsonArray("[\"beta\"]"));
        node.confirmed("DELETE", variant + "/bulk-delete-cohorts", "{\"users\":[\"beta\"]}");
        assertThat(node.getList(variant + "/cohorts")).isEmpty();
    }

    // Deployments

    private static String shop() {
        return node.get("/deployments").getJsonArray("deployments").stream()
                .map(JsonObject.class::cast)
                .filter(deployment -> deployment.getString("label").equals("shop"))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    @Test
    void addsAFlagToDeploymentsAndRemovesIt() {
        String deployments = "/flags/" + flag() + "/deployments";
        String shop = shop();

        node.confirmed("POST", deployments, "{\"deployments\":[" + shop + "]}");

        JsonArray list = node.getList(deployments);
        assertThat(list.getJsonObject(0).getString("id")).isEqualTo(shop);
        assertThat(list.getJsonObject(0).getString("key")).isEqualTo(SERVER_KEY);
        node.confirmed("DELETE", deployments + "/" + shop, "");
        assertThat(node.getList(deployments)).isEmpty();
        rejected(node.send("DELETE", deployments + "/" + shop, ""), 404, "unknown_deployment");
    }

    @ParameterizedTest
    @ValueSource(strings = {"body", "query"})
    void createsADeploymentWithAGeneratedKey(String place) {
        String label = newKey();
        String id = place.equals("body")
                ? node.create("/deployments", "{\"projectId\":\"1\",\"label\":\"" + label + "\",\"type\":\"client\"}")
                : node.create("/deployments?projectId=1&type=client&label=" + label, "");

        JsonObject deployment = node.get("/deployments/" + id);

        assertThat(deployment.getString("label")).isEqualTo(label);
        assertThat(deployment.getString("key")).matches("client-[A-Za-z0-9]{16,}");
        node.confirmed("PATCH", "/deployments/" + id, "{\"archive\":true}");
        assertThat(node.get("/deployments/" + id).getBoolean("deleted")).isTrue();
        assertThat(node.get("/deployments?limit=1000").getJsonArray("deployments").stream()
                        .map(each -> ((JsonObject) each).getString("id")))
                .as("archived ones are listed")
                .contains(id);
        node.confirmed("PATCH", "/deployments/" + id, "{\"archive\":false,\"label\":\"" + newKey() + "\"}");
        assertThat(node.get("/deployments/" + id).getBoolean("deleted")).isFalse();
    }

    // Versions

    @Test
    void listsVersionsNewestFirst() {
        String flag = "/flags/" + flag();
        node.patch(flag, "{\"name\":\"Second\"}");

        JsonArray versions = node.getList(flag + "/versions");

        assertThat(versions.getJsonObject(0).getInteger("version")).isEqualTo(2);
        assertThat(versions.getJsonObject(0).getJsonObject("flagConfig").getString("name"))
                .isEqualTo("Second");
        assertThat(versions.getJsonObject(1).getInteger("version")).isEqualTo(1);
        JsonObject first = node.get(flag + "/versions/1");
        assertThat(first.getJsonObject("flagConfig").getBoolean("enabled")).isFalse();
        assertThat(first.getString("createdBy")).isEqualTo("admin.token");
        rejected(node.send("GET", flag + "/versions/3", ""), 404, "unknown_version");
        rejected(node.send("GET", flag + "/versions/x", ""), 404, "unknown_version");
    }

    @Test
    void listsVersionsOfAllFlagsInATimeRange() {
        String id = flag();
        String created = node.get("/flags/" + id + "/versions/1").getString("createdAt");

        JsonArray found = node.get("/versions?start=" + created + "&limit=1000").getJsonArray("versions");

        assertThat(found.stream()
                        .map(each ->
                                ((JsonObject) each).getJsonObject("flagConfig").getString("id")))
                .contains(id);
        assertThat(node.get("/versions?end=2020-01-01").getJsonArray("versions"))
                .isEmpty();
    }

    @Test
    void comparesTwoVersions() {
        String flag = "/flags/" + flag();
        node.patch(flag, "{\"rolloutPercentage\":20,\"enabled\":true}");

        JsonObject diff = node.get(flag + "/versions/1/diff/2");

        assertThat(diff.getJsonArray("diff").stream().map(each -> ((JsonObject) each).getString("path")))
                .contains("rolloutPercentage", "enabled");
        assertThat(diff.getJsonArray("compiledDiff")).isNotNull();
    }

    @Test
    void revertsToAnEarlierVersion() {
        String flag = "/flags/" + flag();
        node.patch(flag, "{\"name\":\"Mistake\"}");

        node.post(flag + "/versions/1/revert", "");

        assertThat(node.get(flag).getString("name")).isNotEqualTo("Mistake");
        assertThat(node.getList(flag + "/versions")).hasSize(3);
    }

    // Groups

    @Test
    void createsAMutualExclusionGroupWithSlots() {
        String experiment = experiment();
        String id = node.create("/mutexes", """
                {"projectId":"1","name":"Search","bucketingKey":"user_id",
                 "slots":[{"percentage":40,"experiments":[%s]},{"percentage":60}]}""".formatted(experiment));

        JsonObject mutex = node.get("/mutexes/" + id);

        assertThat(mutex.getString("key")).startsWith("mutex-");
        assertThat(mutex.getValue("description")).isNull();
        JsonObject slot = mutex.getJsonArray("slots").getJsonObject(0);
        assertThat(slot.getString("name")).isEqualTo("SLOT 1");
        assertThat(slot.getInteger("index")).isEqualTo(1);
        assertThat(slot.getString("variantKey")).isEqualTo("slot-1");
        assertThat(slot.getInteger("percentage")).isEqualTo(40);
        assertThat(slot.getJsonArray("experiments")).isEqualTo(new JsonArray("[" + experiment + "]"));
        String other = experiment();
        node.patch("/mutexes/" + id + "/slots/2", "{\"experiments\":[\"" + other + "\"],\"individuals\":[\"u1\"]}");
        JsonObject second = node.get("/mutexes/" + id).getJsonArray("slots").getJsonObject(1);
        assertThat(second.getJsonArray("experiments")).isEqualTo(new JsonArray("[" + other + "]"));
        assertThat(second.getJsonArray("individuals")).isEqualTo(new JsonArray("[\"u1\"]"));
        rejected(node.send("PATCH", "/mutexes/" + id + "/slots/3", "{}"), 404, "unknown_slot");
        rejected(node.send("PATCH", "/mutexes/" + id + "/slots/0", "{}"), 404, "unknown_slot");
        node.patch("/mutexes/" + id, "{\"name\":\"Renamed\",\"description\":\"d\"}");
        assertThat(node.get("/mutexes?limit=1000").getJsonArray("mutexes").stream()
                        .map(each -> ((JsonObject) each).getString("name")))
                .contains("Renamed");
    }

    @Test
    void archivingAGroupIgnoresTheOtherFields() {
        String experiment = experiment();
        String id = node.create("/mutexes", """
                {"projectId":"1","name":"Archive","bucketingKey":"user_id",
                 "slots":[{"percentage":100,"experiments":[%s]}]}""".formatted(experiment));

        node.patch("/mutexes/" + id, "{\"archive\":true,\"name\":\"ignored\",\"unknown\":1}");

        assertThat(node.get("/mutexes/" + id).getString("name")).isEqualTo("Archive");
        assertThat(node.get("/mutexes/" + id).getBoolean("deleted")).isTrue();
    }

    @Test
    void createsAHoldoutGroup() {
        String experiment = experiment();
        String id = node.create("/holdouts", """
                {"projectId":"1","name":"Q4","holdoutPercentage":5,"bucketingKey":"user_id","experiments":[%s],
                 "individualInclusion":["held"],"individualExclusion":["free"]}""".formatted(experiment));

        for (String path : List.of("/holdouts", "/holdout")) {
            JsonObject holdout = node.get(path + "/" + id);
            assertThat(holdout.getString("key")).matches("holdout-[a-z0-9]{8}");
            assertThat(holdout.getInteger("holdoutPercentage")).isEqualTo(5);
            assertThat(holdout.getString("variantName")).isEqualTo("on");
            assertThat(holdout.getJsonArray("experiments")).isEqualTo(new JsonArray("[" + experiment + "]"));
            assertThat(node.get(path).getJsonArray("holdouts")).isNotEmpty();
        }
        node.patch("/holdouts/" + id, "{\"experiments\":[],\"individualInclusion\":[]}");
        assertThat(node.get("/holdouts/" + id).getJsonArray("experiments")).isEmpty();
        node.patch("/holdouts/" + id, "{\"archive\":true}");
        assertThat(node.get("/holdouts/" + id).getBoolean("deleted")).isTrue();
        rejected(
                node.send("POST", "/holdouts", "{\"projectId\":\"1\",\"name\":\"x\",\"holdoutPercentage\":100}"),
                400,
                "invalid_resource");
    }

    // Preconditions, repetition, dry runs

    @Test
    void mergesEditsOfDifferentFields() {
        String flag = "/flags/" + flag();
        String tag = node.ok("GET", flag, "").headers().firstValue("ETag").orElseThrow();
        node.patch(flag, "{\"name\":\"Theirs\"}");

        HttpResponse<String> merged = node.ok("PATCH", flag, "{\"description\":\"Ours\"}", "If-Match", tag);

        assertThat(merged.headers().firstValue("ETag")).hasValue("\"3\"");
        assertThat(node.get(flag).getString("name")).isEqualTo("Theirs");
        assertThat(node.get(flag).getString("description")).isEqualTo("Ours");
    }

    @Test
    void rejectsEditsOfTheSameFieldWithBothDiffs() {
        String flag = "/flags/" + flag();
        node.patch(flag, "{\"name\":\"Theirs\"}");

        HttpResponse<String> late = node.send("PATCH", flag, "{\"name\":\"Ours\"}", "If-Match", "\"1\"");

        rejected(late, 412, "version_conflict");
        JsonObject conflict = RunningNode.error(late).getJsonObject("conflict");
        assertThat(conflict.getInteger("current")).isEqualTo(2);
        assertThat(conflict.getJsonArray("theirs").getJsonObject(0).getString("after"))
                .isEqualTo("Theirs");
        assertThat(conflict.getJsonArray("yours").getJsonObject(0).getString("after"))
                .isEqualTo("Ours");
        rejected(node.send("PATCH", flag, "{}", "If-Match", "seven"), 400, "invalid_parameter");
    }

    @Test
    void answersARepeatedRequestWithTheFirstAnswer() {
        String body = "{\"projectId\":\"1\",\"key\":\"" + newKey() + "\"}";
        String key = newKey();

        String first = node.ok("POST", "/flags", body, "Idempotency-Key", key).body();
        HttpResponse<String> second = node.ok("POST", "/flags", body, "Idempotency-Key", key);

        assertThat(second.body()).isEqualTo(first);
        assertThat(second.headers().firstValue("ETag")).hasValue("\"1\"");
        rejected(
                node.send("POST", "/flags", body.replace("key-", "kez-"), "Idempotency-Key", key),
                409,
                "idempotency_mismatch");
        rejected(node.send("POST", "/flags", body, "Idempotency-Key", "k".repeat(256)), 400, "invalid_header");
    }

    @Test
    void aDryRunWritesNothing() {
        String flag = "/flags/" + flag();

        JsonObject dry = new JsonObject(
                node.ok("PATCH", flag + "?dryRun=true", "{\"enabled\":true}").body());

        assertThat(dry.getBoolean("dryRun")).isTrue();
        assertThat(dry.getJsonArray("changes").getJsonObject(0).getJsonArray("diff"))
                .isEqualTo(new JsonArray("[{\"path\":\"enabled\",\"before\":false,\"after\":true}]"));
        assertThat(node.get(flag).getBoolean("enabled")).isFalse();
        assertThat(node.getList(flag + "/versions")).hasSize(1);
    }

    @Test
    void deletesOnlyArchivedFlagsPermanently() {
        String id = flag();
        String child = node.create("/flags", """
                {"projectId":"1","key":"%s","parentDependencies":{"flags":{"%s":["on"]}}}""".formatted(newKey(), id));
        rejected(node.send("DELETE", "/flags/" + id, ""), 409, "in_use");
        node.patch("/flags/" + child, "{\"archive\":true}");
        node.confirmed("DELETE", "/flags/" + child, "");
        node.patch("/flags/" + id, "{\"archive\":true}");

        node.confirmed("DELETE", "/flags/" + id, "");

        rejected(node.send("GET", "/flags/" + id, ""), 404, "unknown_flag");
        assertThat(node.get("/audit?resourceId=" + id)
                        .getJsonArray("entries")
                        .getJsonObject(0)
                        .getString("action"))
                .isEqualTo("delete");
    }

    // Batches

    @Test
    void writesABatchThatRefersToItsOwnResources() {
        String key = newKey();

        JsonObject answer = node.post("/batch", """
                {"writes":[
                  {"as":"exp","method":"POST","path":"/experiments","body":{"projectId":"1","key":"%s","bucketingKey":"user_id"}},
                  {"method":"PATCH","path":"/experiments/$exp","body":{"enabled":true,"rolloutPercentage":10}},
                  {"method":"POST","path":"/experiments/$exp/variants/treatment/users","body":{"inclusions":["u1"]}},
                  {"as":"group","method":"POST","path":"/holdouts",
                   "body":{"projectId":"1","name":"B","holdoutPercentage":5,"bucketingKey":"user_id","experiments":["$exp"]}}]}
                """.formatted(key));

        JsonArray results = answer.getJsonArray("results");
        assertThat(results).hasSize(4);
        String id = results.getJsonObject(0).getString("id");
        assertThat(results.getJsonObject(0).getString("as")).isEqualTo("exp");
        assertThat(results.getJsonObject(1).getString("id")).isEqualTo(id);
        assertThat(node.get("/experiments/" + id).getInteger("rolloutPercentage"))
                .isEqualTo(10);
        assertThat(node.get("/holdouts/" + results.getJsonObject(3).getString("id"))
                        .getJsonArray("experiments"))
                .isEqualTo(new JsonArray("[" + id + "]"));
    }

    @Test
    void writesAllOrNothing() {
        String flag = "/flags/" + flag();

        HttpResponse<String> answer = node.send("POST", "/batch", """
                {"writes":[
                  {"method":"PATCH","path":"%s","body":{"name":"Half"}},
                  {"method":"PATCH","path":"%s","ifMatch":"1","body":{"rolloutPercentage":"many"}}]}
                """.formatted(flag, flag));

        rejected(answer, 400, "invalid_resource");
        assertThat(RunningNode.error(answer).getString("path")).isEqualTo("writes[1].body.rolloutPercentage");
        assertThat(node.get(flag).getString("name")).isNotEqualTo("Half");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{\"writes\":[]}",
                "{\"writes\":[1]}",
                "{\"writes\":[{\"method\":\"PUT\",\"path\":\"/flags\"}]}",
                "{\"writes\":[{\"method\":\"POST\",\"path\":\"flags\"}]}",
                "{\"writes\":[{\"method\":\"POST\",\"path\":\"/nothing\"}]}",
                "{\"writes\":[{\"method\":\"POST\",\"path\":\"/batch\"}]}",
                "{\"writes\":[{\"as\":\"1\",\"method\":\"POST\",\"path\":\"/flags\"}]}",
                "{\"writes\":[{\"as\":\"a\",\"method\":\"PATCH\",\"path\":\"/flags/1\",\"body\":{}}]}",
                "{\"writes\":[{\"method\":\"PATCH\",\"path\":\"/flags/1\",\"ifMatch\":\"x\",\"body\":{}}]}",
                "{\"writes\":[{\"method\":\"POST\",\"path\":\"/flags\",\"more\":1}]}",
                "{\"writes\":[],\"more\":1}",
            })
    void rejectsAnInvalidBatch(String body) {
        assertThat(node.send("POST", "/batch", body).statusCode()).isEqualTo(400);
    }

    // Audit

    @Test
    void streamsTheAuditAsLines() {
        String id = flag();
        node.ok("PATCH", "/flags/" + id, "{\"name\":\"A\"}", "X-Request-Id", "r-1", "X-Variate-Reason", "because");

        HttpResponse<String> stream = node.ok("GET", "/audit?resourceId=" + id, "", "Accept", "application/x-ndjson");

        List<JsonObject> entries = stream.body().lines().map(JsonObject::new).toList();
        assertThat(entries).hasSize(2);
        assertThat(entries.get(0).getString("requestId")).isEqualTo("r-1");
        assertThat(entries.get(0).getString("reason")).isEqualTo("because");
        assertThat(entries.get(1).getString("action")).isEqualTo("create");
        JsonObject page = node.get("/audit?resourceId=" + id + "&limit=1");
        assertThat(page.getJsonArray("entries")).hasSize(1);
        JsonObject rest = node.get("/audit?resourceId=" + id + "&limit=1&cursor=" + page.getLong("nextCursor"));
        assertThat(rest.getJsonArray("entries").getJsonObject(0).getString("action"))
                .isEqualTo("create");
        assertThat(rest.getLong("nextCursor")).isNull();
    }

    // Raw flags

    @Test
    void editsTheDefinitionOfARawFlagAndNothingElse() {
        String key = newKey();
        String definition = "{\"key\":\"" + key
                + "\",\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\",\"conditions\":[[{\"selector\":[\"context\",\"user\",\"country\"],\"op\":\"is\",\"values\":[\"DE\"]}],[{\"selector\":[\"context\",\"user\",\"country\"],\"op\":\"is\",\"values\":[\"AT\"]}]]}]}";
        assertThat(node.send("PUT", "/ruleset/flags/" + key, definition).statusCode())
                .isEqualTo(201);
        String id = node.get("/flags?key=" + key)
                .getJsonArray("flags")
                .getJsonObject(0)
                .getString("id");
        assertThat(node.get("/flags/" + id).getBoolean("managed")).isFalse();

        rejected(node.send("PATCH", "/flags/" + id, "{\"rolloutPercentage\":10}"), 409, "not_managed");
        rejected(node.send("GET", "/flags/" + id + "/variants", ""), 409, "not_managed");
        rejected(node.send("POST", "/flags/" + id + "/adopt", ""), 409, "not_adoptable");
        rejected(node.send("PATCH", "/flags/" + id, "{\"definition\":1}"), 400, "invalid_resource");
        node.patch("/flags/" + id, "{\"definition\":" + definition.replace("AT", "CH") + "}");

        assertThat(node.send("GET", "/ruleset/flags/" + key, "").body()).contains("CH");
    }

    @Test
    void refusesToEditAWebExperiment() {
        String key = newKey();
        String definition = "{\"key\":\"" + key
                + "\",\"metadata\":{\"deliveryMethod\":\"web\"},\"variants\":{\"on\":{\"key\":\"on\"}},\"segments\":[{\"variant\":\"on\"}]}";
        assertThat(node.send("PUT", "/ruleset/flags/" + key, definition).statusCode())
                .isEqualTo(201);
        String id = node.get("/flags?key=" + key)
                .getJsonArray("flags")
                .getJsonObject(0)
                .getString("id");
        assertThat(node.get("/flags/" + id).getBoolean("managed")).isFalse();

        rejected(node.send("PATCH", "/flags/" + id, "{\"enabled\":false}"), 405, "not_editable");
    }
}
