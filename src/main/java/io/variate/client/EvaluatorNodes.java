package io.variate.client;

import io.variate.bus.EvaluatorAnnouncement;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that have said of late that they evaluate. Thread-safe.
 *
 * <p>The next request goes to the node that has the fewest of this client to answer, in turn among equals: load is spread
 * evenly over nodes that are as quick as each other, and one that is slow, or has stopped, is asked less from the first
 * answer on that it owes.
 */
final class EvaluatorNodes {
    /** Three announcements that did not come. */
    private static final long FORGOTTEN_NANOS = TimeUnit.MILLISECONDS.toNanos(3_500);

    /** More than any cluster has. */
    private static final int MOST = 1_000;

    private static final EvaluatorNode[] NONE = {};

    private final AtomicInteger turn = new AtomicInteger();

    /** Never written to. */
    private volatile EvaluatorNode[] known = NONE;

    /** Notes what a node says of itself. */
    synchronized void heard(EvaluatorAnnouncement announcement, long now) {
        EvaluatorNode evaluator = find(announcement.member());
        if (announcement.leaving()) {
            known = without(evaluator, now);
        } else if (evaluator != null) {
            evaluator.heard(announcement.clock(), now);
        } else {
            EvaluatorNode[] present = without(null, now);
            EvaluatorNode[] more = Arrays.copyOf(present, Math.min(MOST, present.length + 1));
            more[more.length - 1] = new EvaluatorNode(announcement.member(), announcement.clock(), now);
            known = more;
        }
    }

    /** The node to ask, or null if there is none that can be expected to answer. */
    @Nullable
    EvaluatorNode next(long now) {
        EvaluatorNode[] all = known;
        int first = all.length < 2 ? 0 : Math.floorMod(turn.getAndIncrement(), all.length);
        EvaluatorNode best = null;
        for (int i = 0; i < all.length; i++) {
            EvaluatorNode evaluator = all[(first + i) % all.length];
            if (isInTurn(evaluator, now) && (best == null || evaluator.outstanding() < best.outstanding())) {
                best = evaluator;
            }
        }
        return best;
    }

    /** The nodes that can be expected to answer. */
    Set<String> inTurn(long now) {
        return Arrays.stream(known)
                .filter(evaluator -> isInTurn(evaluator, now))
                .map(EvaluatorNode::member)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isInTurn(EvaluatorNode evaluator, long now) {
        return evaluator.isInTurn() && isRemembered(evaluator, now);
    }

    private static boolean isRemembered(EvaluatorNode evaluator, long now) {
        return now - evaluator.heardAt() < FORGOTTEN_NANOS;
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
                .filter(evaluator -> evaluator != leaving && isRemembered(evaluator, now))
                .toArray(EvaluatorNode[]::new);
    }
}
