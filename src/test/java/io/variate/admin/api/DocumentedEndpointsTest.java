package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every endpoint that Amplitude documents, with the documented request and the fields and types of the documented answer. Source:
 * Amplitude's Experiment Management API.
 */
@Timeout(120)
@Tag("slow")
class DocumentedEndpointsTest {
    private static final JsonObject FLAG = new JsonObject("""
            {"id": "1", "projectId": "1", "deployments": ["1"], "key": "", "name": "", "description": "",
             "enabled": true, "evaluationMode": "", "bucketingKey": "", "bucketingSalt": "", "bucketingUnit": "",
             "variants": [{"key": ""}], "rolloutPercentage": 0, "rolloutWeights": {"control": 1, "treatment": 1},
             "targetSegments": [{"name": "", "percentage": 0, "bucketingKey": "",
               "rolloutWeights": {"control": 1, "treatment": 1},
               "conditions": [{"type": "", "prop": "", "op": "", "values": [""]}]}],
             "parentDependencies": {"flags": {}, "operator": ""}, "tags": [""], "createdBy": "", "lastModifiedBy": "",
             "createdAt": "", "lastModifiedAt": "", "deleted": false}""");

    private static final JsonObject EXPERIMENT = FLAG.copy().mergeIn(new JsonObject("""
            {"experimentType": "", "stickyBucketing": true, "state": "", "startDate": null, "endDate": null,
             "decision": null, "decisionReason": null, "rolledOutVariant": null, "exposureEvent": null}"""));

    private static final JsonObject CREATED = new JsonObject("""
            {"id": "1", "url": ""}""");

    private static final JsonObject VARIANT = new JsonObject("""
            {"key": "", "name": "", "description": "", "payload": null, "rolloutWeight": 1}""");

    private static final JsonObject DEPLOYMENT = new JsonObject("""
            {"id": "1", "projectId": "1", "label": "", "key": "", "deleted": false}""");

    private static final JsonObject VERSION = new JsonObject("""
            {"createdAt": "", "createdBy": "", "version": 1, "flagConfig": {"id": "1", "key": "", "variants": []}}""");

    private static final JsonObject SLOT = new JsonObject("""
            {"name": "", "index": 1, "variantKey": "", "percentage": 40, "experiments": [123], "holdouts": [123],
             "individuals": [""], "cohorts": [""]}""");

    private static final JsonObject MUTEX = new JsonObject("""
            {"id": "1", "projectId": "1", "name": "", "key": "", "description": null, "evaluationMode": "",
             "bucketingKey": "", "bucketingSalt": ""}""").put("slots", new JsonArray().add(SLOT));

    private static final JsonObject HOLDOUT = new JsonObject("""
            {"id": "1", "projectId": "1", "name": "", "key": "", "description": "", "holdoutPercentage": 5,
             "evaluationMode": "", "bucketingKey": "", "bucketingSalt": "", "variantName": "", "experiments": [123],
             "individualInclusion": [""], "individualExclusion": [""], "deleted": false, "createdBy": "",
             "lastModifiedBy": "", "createdAt": "", "lastModifiedAt": ""}""");

    /** {@code {k}} stands for {@code flags} and {@code experiments}. */
    private static final Set<String> ENDPOINTS = Set.of(
            "GET /{k}",
            "POST /{k}",
            "GET /{k}/{id}",
            "PATCH /{k}/{id}",
            "GET /{k}/{id}/variants",
            "GET /{k}/{id}/variants/{v}",
            "POST /{k}/{id}/variants",
            "POST /{k}/{id}/variants/{v}",
            "PATCH /{k}/{id}/variants/{v}",
            "DELETE /{k}/{id}/variants/{v}",
            "GET /{k}/{id}/variants/{v}/users",
            "POST /{k}/{id}/variants/{v}/users",
            "DELETE /{k}/{id}/variants/{v}/users/{n}",
            "DELETE /{k}/{id}/variants/{v}/users",
            "DELETE /{k}/{id}/variants/{v}/bulk-delete-users",
            "GET /{k}/{id}/variants/{v}/cohorts",
            "POST /{k}/{id}/variants/{v}/cohorts",
            "DELETE /{k}/{id}/variants/{v}/bulk-delete-cohorts",
            "GET /{k}/{id}/deployments",
            "POST /{k}/{id}/deployments",
            "DELETE /{k}/{id}/deployments/{d}",
            "GET /{k}/{id}/versions",
            "GET /{k}/{id}/versions/{n}",
            "GET /deployments",
            "POST /deployments",
            "PATCH /deployments/{d}",
            "GET /versions",
            "GET /mutexes",
            "GET /mutexes/{id}",
            "POST /mutexes",
            "PATCH /mutexes/{id}",
            "PATCH /mutexes/{id}/slots/{n}",
            "GET /holdouts",
            "GET /holdout",
            "GET /holdouts/{id}",
            "POST /holdouts",
            "PATCH /holdouts/{id}");

    private static final String SEGMENT = """
            {"name": "Segment 1", "percentage": 0, "bucketingKey": "amplitude_id",
             "rolloutWeights": {"control": 1, "treatment": 1},
             "conditions": [{"type": "property", "prop": "country", "op": "is", "values": ["United States"]}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    private final Set<String> called = new TreeSet<>();
    private final Map<String, String> parameters = new HashMap<>();

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void everyDocumentedRequestHasTheDocumentedAnswer() {
        parameters.put("n", "1");
        parameters.put("d", object("POST /deployments", deployment("main")).getString("id"));
        // The deployment keeps a flag while others leave it, so no write needs force.
        node.create(
                "/flags",
                "{\"projectId\": \"1\", \"key\": \"kept\", \"deployments\": [\"" + parameters.get("d") + "\"]}");
        useFlags("flags", FLAG);
        useFlags("experiments", EXPERIMENT);
        useDeployments();
        useGroups();
        hasAll(page("GET /versions", "versions", "&start=2020-01-01T00:00:00.000Z&end=2100-01-01"), VERSION);

        assertThat(called).containsExactlyInAnyOrderElementsOf(ENDPOINTS);
    }

    private void useFlags(String kind, JsonObject fields) {
        parameters.put("k", kind);
        parameters.put("id", created("POST /{k}", """
                {"projectId": "1", "key": "%s-key", "name": "Name", "description": "d",
                 "variants": [{"key": "control"}, {"key": "treatment", "payload": {"a": 1}, "name": "T", "description": "t"}],
                 "bucketingKey": "amplitude_id", "rolloutWeights": {"control": 1, "treatment": 1},
                 "targetSegments": [%s], "deployments": ["%s"], "evaluationMode": "remote"%s}
                """.formatted(
                        kind,
                        SEGMENT,
                        parameters.get("d"),
                        kind.equals("experiments") ? ", \"experimentType\": \"a-b-test\"" : "")));
        hasAll(page("GET /{k}", kind, "&projectId=1&includeArchived=true&key=" + kind + "-key"), fields);
        has(object("GET /{k}/{id}", ""), fields);
        object("PATCH /{k}/{id}", """
                {"name": "New", "description": "e", "bucketingKey": "user_id", "bucketingSalt": "abcdefgh",
                 "bucketingUnit": "User", "evaluationMode": "remote", "rolloutPercentage": 10, "enabled": true,
                 "archive": false, "tags": ["a"], "targetSegments": [%s]}""".formatted(SEGMENT));
        if (kind.equals("experiments")) {
            object("PATCH /{k}/{id}", """
                    {"experimentType": "multi-arm-bandit", "stickyBucketing": true, "startDate": "2030-01-01",
                     "endDate": null, "exposureEvent": {"event_type": "seen", "filters": []}, "decision": "rollout",
                     "decisionReason": "it won", "rolledOutVariant": "treatment"}""");
        }
        useVariants();
        hasAll(array("GET /{k}/{id}/deployments"), DEPLOYMENT);
        confirmed("DELETE /{k}/{id}/deployments/{d}", "");
        confirmed("POST /{k}/{id}/deployments", "{\"deployments\": [\"" + parameters.get("d") + "\"]}");
        hasAll(array("GET /{k}/{id}/versions"), VERSION);
        has(object("GET /{k}/{id}/versions/{n}", ""), VERSION);
    }

    private void useVariants() {
        parameters.put("v", "third");
        confirmed("POST /{k}/{id}/variants", """
                {"key": "third", "name": "Third", "description": "d", "payload": [1], "rolloutWeight": 2}""");
        hasAll(array("GET /{k}/{id}/variants"), VARIANT);
        has(object("GET /{k}/{id}/variants/{v}", ""), VARIANT);
        confirmed("PATCH /{k}/{id}/variants/{v}", "{\"name\": \"3\", \"payload\": {}, \"rolloutWeight\": 1}");
        confirmed("POST /{k}/{id}/variants/{v}", "{\"description\": \"\"}");
        confirmed("POST /{k}/{id}/variants/{v}/users", "{\"inclusions\": [\"a\", \"b\", \"c\", \"d\"]}");
        parameters.put("n", "0");
        confirmed("DELETE /{k}/{id}/variants/{v}/users/{n}", "");
        parameters.put("n", "1");
        confirmed("DELETE /{k}/{id}/variants/{v}/bulk-delete-users", "{\"users\": [\"b\"]}");
        assertThat(array("GET /{k}/{id}/variants/{v}/users")).containsExactly("c", "d");
        confirmed("DELETE /{k}/{id}/variants/{v}/users", "");
        confirmed("POST /{k}/{id}/variants/{v}/cohorts", "{\"inclusions\": [\"x\", \"y\"]}");
        confirmed("DELETE /{k}/{id}/variants/{v}/bulk-delete-cohorts", "{\"users\": [\"x\"]}");
        assertThat(array("GET /{k}/{id}/variants/{v}/cohorts")).containsExactly("y");
        confirmed("DELETE /{k}/{id}/variants/{v}", "");
    }

    private void useDeployments() {
        hasAll(page("GET /deployments", "deployments", ""), DEPLOYMENT);
        parameters.put(
                "d",
                new JsonObject(send("POST /deployments", "?projectId=1&label=other&type=client", "")
                                .body())
                        .getString("id"));
        confirmed("PATCH /deployments/{d}", "{\"label\": \"renamed\"}");
        confirmed("PATCH /deployments/{d}", "{\"archive\": true}");
    }

    private void useGroups() {
        String experiment = parameters.get("id");
        parameters.put("id", created("POST /holdouts", """
                {"projectId": "1", "name": "Holdout", "key": "held", "description": "d", "holdoutPercentage": 5,
                 "evaluationMode": "remote", "bucketingKey": "amplitude_id", "experiments": [%s],
                 "individualInclusion": ["in"], "individualExclusion": ["out"]}""".formatted(experiment)));
        hasAll(page("GET /holdouts", "holdouts", ""), HOLDOUT);
        hasAll(page("GET /holdout", "holdouts", ""), HOLDOUT);
        has(object("GET /holdouts/{id}", ""), HOLDOUT);
        object("PATCH /holdouts/{id}", """
                {"name": "New", "description": "e", "experiments": [], "individualInclusion": [],
                 "individualExclusion": []}""");
        object("PATCH /holdouts/{id}", "{\"archive\": true}");

        parameters.put("id", created("POST /mutexes", """
                {"projectId": "1", "name": "Mutex", "key": "exclusive", "description": "d", "evaluationMode": "remote",
                 "bucketingKey": "amplitude_id", "bucketingSalt": "abcdefgh", "slots": [
                   {"percentage": 40, "experiments": [%s], "holdouts": [], "individuals": ["u"]}, {"percentage": 60}]}""".formatted(experiment)));
        hasAll(page("GET /mutexes", "mutexes", ""), MUTEX);
        has(object("GET /mutexes/{id}", ""), MUTEX);
        object("PATCH /mutexes/{id}/slots/{n}", "{\"experiments\": [], \"holdouts\": [], \"individuals\": []}");
        object("PATCH /mutexes/{id}", "{\"name\": \"New\", \"description\": \"e\"}");
        object("PATCH /mutexes/{id}", "{\"archive\": true}");
    }

    private static String deployment(String label) {
        return "{\"projectId\": \"1\", \"label\": \"" + label + "\", \"type\": \"server\"}";
    }

    /** Sends a documented request, which must succeed. */
    private HttpResponse<String> send(String endpoint, String query, String body) {
        called.add(endpoint);
        List<String> parts = Arrays.asList(endpoint.split(" ", 2));
        String path = parts.get(1);
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            path = path.replace("{" + parameter.getKey() + "}", parameter.getValue());
        }
        return node.ok(parts.get(0), path + query, body);
    }

    private JsonObject object(String endpoint, String body) {
        return new JsonObject(send(endpoint, "", body).body());
    }

    private JsonArray array(String endpoint) {
        return new JsonArray(send(endpoint, "", "").body());
    }

    /** The elements of the only page of a list. */
    private JsonArray page(String endpoint, String field, String query) {
        JsonObject page = new JsonObject(
                send(endpoint, "?limit=1000&cursor=0" + query, "").body());
        assertThat(page.getValue("nextCursor")).isNull();
        return page.getJsonArray(field);
    }

    /** Creates a resource that has an address, and returns its id. */
    private String created(String endpoint, String body) {
        JsonObject answer = object(endpoint, body);
        has(answer, CREATED);
        return answer.getString("id");
    }

    private void confirmed(String endpoint, String body) {
        assertThat(send(endpoint, "", body).body()).isEqualTo("OK");
    }

    private static void hasAll(JsonArray objects, JsonObject sample) {
        assertThat(objects).isNotEmpty();
        objects.forEach(object -> has(object, sample));
    }

    /** Requires the members of the sample, with values of the same types. A null in the sample allows every value. */
    private static void has(@Nullable Object actual, @Nullable Object sample) {
        if (sample instanceof JsonObject members) {
            assertThat(actual).isInstanceOf(JsonObject.class);
            JsonObject object = (JsonObject) Objects.requireNonNull(actual);
            assertThat(object.fieldNames()).containsAll(members.fieldNames());
            members.forEach(member -> has(object.getValue(member.getKey()), member.getValue()));
        } else if (sample instanceof JsonArray elements) {
            assertThat(actual).isInstanceOf(JsonArray.class);
            elements.forEach(expected ->
                    ((JsonArray) Objects.requireNonNull(actual)).forEach(element -> has(element, expected)));
        } else if (sample != null) {
            assertThat(actual).isInstanceOf(sample instanceof Number ? Number.class : sample.getClass());
        }
    }
}
