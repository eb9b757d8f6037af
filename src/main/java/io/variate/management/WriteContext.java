package io.variate.management;

import io.variate.management.access.Caller;
import io.variate.rulesets.WriteOrigin;
import org.jspecify.annotations.Nullable;

/**
 * Who writes, from where, and how.
 *
 * @param door the way in, such as {@code api}, {@code batch}, {@code console} or {@code cli}; for the audit
 * @param reason the header {@code X-Variate-Reason}, or null
 * @param requestId identifies the request in logs and the audit
 * @param idempotency null for a request that has no key
 * @param dryRun whether to roll everything back in the end; {@code idempotency} is then ignored
 * @param force whether the write may leave a deployment or the ruleset without flags
 */
public record WriteContext(
        Caller caller,
        String door,
        @Nullable String reason,
        String requestId,
        @Nullable Idempotency idempotency,
        boolean dryRun,
        boolean force) {

    /** A write without a reason and special wishes. */
    public static WriteContext of(Caller caller, String door, String requestId) {
        return new WriteContext(caller, door, null, requestId, null, false, false);
    }

    /** The same write, rolled back in the end. */
    public WriteContext asDryRun() {
        return new WriteContext(caller, door, reason, requestId, null, true, force);
    }

    WriteOrigin origin() {
        return new WriteOrigin(caller.name(), door, reason, requestId);
    }
}
