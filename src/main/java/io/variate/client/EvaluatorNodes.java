package io.variate.client;

import io.variate.bus.EvaluatorAnnouncement;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The evaluator nodes that have announced themselves recently. Thread-safe.
 *
 * <p>Selects the node with the fewest requests of this client in flight, round-robin among equals. Nodes of equal speed get
 * equal load. A slow or stopped node gets fewer requests from its first outstanding answer on.
 */
final class EvaluatorNodes {
    /** A node expires after three missed announcements. */
    private static final long EXPIRY_NANOS = TimeUnit.MILLISECONDS.toNanos(3_500);

    /** Limits memory; more than any cluster has. */
    private static final int MOST = 1_000;

    private static final EvaluatorNode[] NONE = {};

    private final AtomicInteger turn = new AtomicInteger();

    /** Copied on write. */
    private volatile EvaluatorNode[] known = NONE;

    /** Adds, updates or removes the node that sent an announcement. */
    synchronized void update(EvaluatorAnnouncement announcement, long now) {
        EvaluatorNode evaluator = find(announcement.member());
        if (announcement.leaving()) {
            known = without(evaluator, now);
        } else if (evaluator != null) {
            evaluator.announced(announcement.clock(), now);
        } else {
            EvaluatorNode[] present = without(null, now);
            EvaluatorNode[] more = Arrays.copyOf(present, Math.min(MOST, present.length + 1));
            more[more.length - 1] = new EvaluatorNode(announcement.member(), announcement.clock(), now);
            known = more;
        }
    }

    /** The node for the next request, or null if none is available. */
    @Nullable
    EvaluatorNode select(long now) {
        EvaluatorNode[] all = known;
        int first = all.length < 2 ? 0 : Math.floorMod(turn.getAndIncrement(), all.length);
        EvaluatorNode best = null;
        for (int i = 0; i < all.length; i++) {
            EvaluatorNode evaluator = all[(first + i) % all.length];
            if (isAvailable(evaluator, now) && (best == null || evaluator.inFlight() < best.inFlight())) {
                best = evaluator;
            }
        }
        return best;
    }

    /** Member ids of the available nodes. */
    Set<String> available(long now) {
        return Arrays.stream(known)
                .filter(evaluator -> isAvailable(evaluator, now))
                .map(EvaluatorNode::member)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isAvailable(EvaluatorNode evaluator, long now) {
        return evaluator.isAvailable() && isRecent(evaluator, now);
    }

    private static boolean isRecent(EvaluatorNode evaluator, long now) {
        return now - evaluator.announcedAt() < EXPIRY_NANOS;
    }

    private @Nullable EvaluatorNode find(String member) {
        for (EvaluatorNode evaluator : known) {
            if (evaluator.member().equals(member)) {
                return evaluator;
            }
        }
        return null;
    }

    private EvaluatorNode[] without(@Nullable EvaluatorNode leaving, long now) {
        return Arrays.stream(known)
                .filter(evaluator -> evaluator != leaving && isRecent(evaluator, now))
                .toArray(EvaluatorNode[]::new);
    }
}
