package io.variate.simulation;

import io.variate.engine.EvaluationContext;
import io.variate.engine.EvaluationPlan;
import io.variate.engine.Membership;
import org.jspecify.annotations.Nullable;

/**
 * A user of a simulation. Immutable.
 *
 * @param json the JSON text of a user object
 * @param userId overrides that of the object; null if it does not
 * @param deviceId overrides that of the object; null if it does not
 */
public record SimulatedUser(
        String json, @Nullable String userId, @Nullable String deviceId) {

    /** The context in which a plan evaluates this user. */
    public EvaluationContext read(EvaluationPlan plan, Membership membership) {
        return plan.read(json, userId, deviceId, membership);
    }
}
