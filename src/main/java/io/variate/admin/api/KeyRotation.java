package io.variate.admin.api;

import io.variate.json.ObjectReader;
import io.variate.management.RejectedWriteException;
import io.variate.management.Secrets;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * {@code POST /deployments/{id}/rotate}: gives a deployment a new key. The present key stays valid for {@code
 * overlapHours}, by default a day, so that applications can be changed one after the other. With 0, all earlier keys
 * become invalid at once.
 */
final class KeyRotation {
    private static final String OVERLAP = "overlapHours";
    private static final long DEFAULT_HOURS = 24;
    private static final long MOST_HOURS = 8_760;
    private static final Secrets SECRETS = new Secrets();

    private KeyRotation() {}

    static UnaryOperator<Resource> of(WriteRequest request) {
        Instant now = Instant.now();
        long hours = overlap(request);
        Instant expiry = now.plus(Duration.ofHours(hours)).truncatedTo(ChronoUnit.SECONDS);
        String server = SECRETS.deploymentKey(ManagedDeployment.Type.SERVER.text());
        String client = SECRETS.deploymentKey(ManagedDeployment.Type.CLIENT.text());
        return resource -> {
            ManagedDeployment deployment = (ManagedDeployment) resource;
            ManagedDeployment.PreviousKey previous = deployment.previousKey();
            String key = deployment.type() == ManagedDeployment.Type.SERVER ? server : client;
            if (hours == 0) {
                return deployment.withKey(key).withPreviousKey(null);
            }
            if (previous != null && now.isBefore(previous.expiresAt())) {
                throw new RejectedWriteException(
                        409,
                        "rotation_in_progress",
                        "the key before the present one is valid until " + previous.expiresAt()
                                + "; a rotation now would make it invalid",
                        null);
            }
            return deployment.rotated(key, expiry);
        };
    }

    private static long overlap(WriteRequest request) {
        if (request.body() == null) {
            return DEFAULT_HOURS;
        }
        return request.read(problems -> {
            ObjectReader body = ObjectReader.of(request.body(), problems);
            body.rejectUnknownFields(Set.of(OVERLAP));
            Long hours = body.optionalInteger(OVERLAP, 0, MOST_HOURS);
            return hours == null ? DEFAULT_HOURS : hours;
        });
    }
}
