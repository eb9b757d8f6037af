package io.variate.packaging;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/** The schemas of the official Kubernetes client, which rejects unknown fields, missing fields and wrong types. */
final class KubernetesSchema {
    private KubernetesSchema() {}

    /**
     * Checks a whole manifest.
     *
     * @throws IllegalArgumentException with the location of the error
     */
    static void check(JsonObject manifest) throws IOException {
        JsonElement json = JsonParser.parseString(manifest.encode());
        String kind = manifest.getString("apiVersion") + " " + manifest.getString("kind");
        switch (kind) {
            case "apps/v1 StatefulSet" -> V1StatefulSet.validateJsonElement(json);
            case "v1 Service" -> V1Service.validateJsonElement(json);
            case "policy/v1 PodDisruptionBudget" -> V1PodDisruptionBudget.validateJsonElement(json);
            case "autoscaling/v2 HorizontalPodAutoscaler" -> V2HorizontalPodAutoscaler.validateJsonElement(json);
            case "networking.k8s.io/v1 NetworkPolicy" -> V1NetworkPolicy.validateJsonElement(json);
            default -> throw new IllegalArgumentException("no schema for " + kind);
        }
    }
}
