package io.variate.upstream;

import io.variate.json.Json;
import io.variate.json.JsonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One page of the list of deployments.
 *
 * @param isEmpty whether the upstream sent no deployment, not even a deleted one
 * @param deployments without deleted ones
 * @param nextCursor null on the last page
 * @param unusable number of keys that are left out, since a header cannot have them
 */
record DeploymentPage(
        boolean isEmpty, List<Listed> deployments, @Nullable String nextCursor, int unusable) {
    private static final int MAX_KEY_LENGTH = 1000;

    /**
     * A deployment in the list.
     *
     * @param key its credential; secret
     */
    record Listed(String key, String label, @Nullable String projectId) {
        @Override
        public String toString() {
            return "Listed[" + label + "]";
        }
    }

    /**
     * Reads a page. Elements without a key are ignored. Expensive: call it on a worker thread.
     *
     * @throws UpstreamException if the text is not a page
     */
    static DeploymentPage read(String json) {
        Object tree;
        try {
            tree = Json.parse(json);
        } catch (JsonException e) {
            throw invalid();
        }
        if (!(tree instanceof Map<?, ?> page) || !(page.get("deployments") instanceof List<?> elements)) {
            throw invalid();
        }
        List<Listed> deployments = new ArrayList<>();
        int unusable = 0;
        for (Object element : elements) {
            if (element instanceof Map<?, ?> deployment
                    && deployment.get("key") instanceof String key
                    && !Boolean.TRUE.equals(deployment.get("deleted"))) {
                if (!isUsable(key)) {
                    unusable++;
                    continue;
                }
                String label = text(deployment.get("label"));
                deployments.add(new Listed(
                        key, label == null ? FollowedDeployment.label(key) : label, text(deployment.get("projectId"))));
            }
        }
        return new DeploymentPage(elements.isEmpty(), deployments, text(page.get("nextCursor")), unusable);
    }

    /** Whether a header can have a key. */
    private static boolean isUsable(String key) {
        return !key.isEmpty()
                && key.length() <= MAX_KEY_LENGTH
                && key.chars().allMatch(character -> character > ' ' && character <= '~');
    }

    private static UpstreamException invalid() {
        return new UpstreamException(
                UpstreamException.Kind.INVALID, "the upstream sent no JSON object with an array of deployments");
    }

    /** Ids and cursors are texts or numbers. */
    private static @Nullable String text(@Nullable Object value) {
        String text = value instanceof String || value instanceof Long ? value.toString() : null;
        return text == null || text.isEmpty() ? null : text;
    }
}
